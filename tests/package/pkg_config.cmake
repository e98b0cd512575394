# Without CMake: the compiler, told by pkg-config.
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
set(ENV{PKG_CONFIG_PATH} ${PREFIX}/${LIBDIR}/pkgconfig)
run(pkg-config --exact-version 0.1.0 rediscovery)
run(pkg-config --cflags --libs rediscovery)
separate_arguments(flags UNIX_COMMAND "${output}")
run(${COMPILER} ${SOURCE}/consumer/main.cpp -o ${BUILD}/pkg_config_consumer ${flags})
set(ENV{LD_LIBRARY_PATH} ${PREFIX}/${LIBDIR})
run(${BUILD}/pkg_config_consumer)
