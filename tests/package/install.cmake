# Anew: what an earlier version installed must not hide that something is missing now.
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
file(REMOVE_RECURSE ${PREFIX})
run(${CMAKE_COMMAND} --install ${PROJECT_BUILD} --prefix ${PREFIX})
