# The source tree as a part of another project, which gets the library and neither tests nor targets of its own
# changed.
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
build_consumer(add_subdirectory -DHOW=add_subdirectory -DREDISCOVERY_SOURCE=${PROJECT} -DREDISCOVERY_DEPS=${DEPS})
