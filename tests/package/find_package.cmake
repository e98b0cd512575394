# A CMake project finds the installed library by its name and version, and not a version that it is not.
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
build_consumer(find_package -DHOW=find_package -DCMAKE_PREFIX_PATH=${PREFIX})

execute_process(
  COMMAND ${CMAKE_COMMAND} -G ${GENERATOR} -S ${SOURCE}/consumer -B ${BUILD}/wrong_version
    -DCMAKE_CXX_COMPILER=${COMPILER} -DHOW=find_package -DVERSION=99.0 -DCMAKE_PREFIX_PATH=${PREFIX}
  RESULT_VARIABLE result OUTPUT_QUIET ERROR_QUIET)
if(result EQUAL 0)
  message(FATAL_ERROR "find_package(rediscovery 99.0) found this version")
endif()
