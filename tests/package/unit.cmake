# The installed systemd unit: its program is there, every directive is one that systemd knows, and what an attacker
# could do from inside stays little.
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
if(NOT ANALYZE)
  message(FATAL_ERROR "no systemd-analyze; scripts/setup installs it, with the package systemd")
endif()
set(unit ${PREFIX}/lib/systemd/system/rediscovery-updater.service)

run(${ANALYZE} verify --man=no ${unit})
# It only warns of directives that it does not know.
if(NOT output STREQUAL "")
  message(FATAL_ERROR "systemd-analyze verify:\n${output}")
endif()

# In tenths: 12 when this was written. "Exposed" begins at 70; the network alone makes 7.
run(${ANALYZE} security --offline=true --threshold=15 --no-pager ${unit})
string(REGEX MATCH "Overall exposure level[^\n]*" level "${output}")
message(STATUS "${level}")

# What the drop-in of the examples is for, in Debian's unit.
set(folder ${BUILD}/drop-in)
file(REMOVE_RECURSE ${folder})
file(COPY_FILE ${PREFIX}/share/doc/rediscovery-updater/examples/redis-sentinel.service.d.conf ${BUILD}/drop-in.conf)
file(COPY /lib/systemd/system/redis-sentinel.service DESTINATION ${folder})
file(MAKE_DIRECTORY ${folder}/redis-sentinel.service.d)
file(RENAME ${BUILD}/drop-in.conf ${folder}/redis-sentinel.service.d/rediscovery.conf)
run(${ANALYZE} verify --man=no ${folder}/redis-sentinel.service)
if(output MATCHES "rediscovery\\.conf")
  message(FATAL_ERROR "systemd-analyze verify has something against the drop-in:\n${output}")
endif()
