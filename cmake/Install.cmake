# The library as users get it: one shared object with everything that is not Debian's inside, and hidden.
include(CMakePackageConfigHelpers)

set(layers core redis dns consul engine pool)
add_library(rediscovery SHARED)
add_library(rediscovery::rediscovery ALIAS rediscovery)
foreach(layer IN LISTS layers)
  target_sources(rediscovery PRIVATE $<TARGET_OBJECTS:rediscovery_${layer}>)
endforeach()
target_link_libraries(rediscovery PRIVATE
  rediscovery_deps::hiredis rediscovery_deps::cares rediscovery_deps::uv CURL::libcurl Threads::Threads rediscovery_build_flags)
# Static hiredis and c-ares must not meet another copy in the application.
target_link_options(rediscovery PRIVATE -Wl,--exclude-libs,ALL)
target_compile_features(rediscovery PUBLIC cxx_std_20)
target_sources(rediscovery PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/include FILES
  ${PROJECT_SOURCE_DIR}/include/rediscovery/async_client.hpp
  ${PROJECT_SOURCE_DIR}/include/rediscovery/awaitable.hpp
  ${PROJECT_SOURCE_DIR}/include/rediscovery/command.hpp
  ${PROJECT_SOURCE_DIR}/include/rediscovery/error.hpp
  ${PROJECT_SOURCE_DIR}/include/rediscovery/event.hpp
  ${PROJECT_SOURCE_DIR}/include/rediscovery/export.hpp
  ${PROJECT_SOURCE_DIR}/include/rediscovery/histogram.hpp
  ${PROJECT_SOURCE_DIR}/include/rediscovery/options.hpp
  ${PROJECT_SOURCE_DIR}/include/rediscovery/pool.hpp
  ${PROJECT_SOURCE_DIR}/include/rediscovery/promotion.hpp
  ${PROJECT_SOURCE_DIR}/include/rediscovery/read_from.hpp
  ${PROJECT_SOURCE_DIR}/include/rediscovery/reply.hpp
  ${PROJECT_SOURCE_DIR}/include/rediscovery/reply_as.hpp
  ${PROJECT_SOURCE_DIR}/include/rediscovery/result.hpp
  ${PROJECT_SOURCE_DIR}/include/rediscovery/script.hpp
  ${PROJECT_SOURCE_DIR}/include/rediscovery/stats.hpp
  ${PROJECT_SOURCE_DIR}/include/rediscovery/subscription.hpp
  ${PROJECT_SOURCE_DIR}/include/rediscovery/transaction.hpp)
set_target_properties(rediscovery PROPERTIES
  LINKER_LANGUAGE CXX
  VERSION ${PROJECT_VERSION}
  # Before 1.0 every minor version may change the ABI.
  SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/rediscovery)
install(TARGETS rediscovery EXPORT rediscovery-targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(EXPORT rediscovery-targets NAMESPACE rediscovery:: DESTINATION ${package_dir} COMPONENT development)
configure_package_config_file(cmake/rediscovery-config.cmake.in rediscovery-config.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(rediscovery-config-version.cmake COMPATIBILITY SameMinorVersion)
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig"
  OUTPUT_VARIABLE pc_to_prefix)
configure_file(cmake/rediscovery.pc.in rediscovery.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/rediscovery-config.cmake ${PROJECT_BINARY_DIR}/rediscovery-config-version.cmake
  DESTINATION ${package_dir} COMPONENT development)
install(FILES ${PROJECT_BINARY_DIR}/rediscovery.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
