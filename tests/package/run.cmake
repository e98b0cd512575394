# For the checks of this folder: run(<command> …) stops with the command's output when it fails.
macro(run)
  execute_process(COMMAND ${ARGN} COMMAND_ECHO STDOUT RESULT_VARIABLE result OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "failed with ${result}:\n${output}")
  endif()
endmacro()

# Configures, builds and runs the consumer in a folder of its own, from nothing.
macro(build_consumer name)
  set(folder ${BUILD}/${name})
  file(REMOVE_RECURSE ${folder})
  run(${CMAKE_COMMAND} -G ${GENERATOR} -S ${SOURCE}/consumer -B ${folder}
    -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER} ${ARGN})
  run(${CMAKE_COMMAND} --build ${folder})
  run(${folder}/consumer)
  if(NOT output MATCHES "consumer: ok")
    message(FATAL_ERROR "the consumer said:\n${output}")
  endif()
endmacro()
