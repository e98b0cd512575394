# Every public header can be included alone and first, as C++20 with all warnings, and itself includes nothing
# but the library's own headers and the standard library's.
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
file(GLOB_RECURSE headers RELATIVE ${PREFIX}/include ${PREFIX}/include/*)
list(LENGTH headers count)
if(count LESS 5)
  message(FATAL_ERROR "only ${count} headers are installed")
endif()
file(GLOB_RECURSE in_source RELATIVE ${PROJECT}/include ${PROJECT}/include/*)
if(NOT headers STREQUAL in_source)
  message(FATAL_ERROR "installed are:\n${headers}\nin the source tree are:\n${in_source}")
endif()

foreach(header IN LISTS headers)
  file(STRINGS ${PREFIX}/include/${header} includes REGEX "^[ \t]*#[ \t]*include")
  foreach(line IN LISTS includes)
    if(NOT line MATCHES "#include <(rediscovery/[a-z_]+\\.hpp|[a-z_]+)>$")
      message(SEND_ERROR "${header} has a third-party include: ${line}")
    endif()
  endforeach()
  set(source ${BUILD}/header.cpp)
  # Twice: it must also guard itself.
  file(WRITE ${source} "#include <${header}>\n#include <${header}>\n")
  run(${COMPILER} -std=c++20 -fsyntax-only -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
    -I${PREFIX}/include ${source})
endforeach()
