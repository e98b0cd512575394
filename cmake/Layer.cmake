# One target per folder of src/, and the proof that it uses no folder it should not.

# What every file of the project is compiled with.
add_library(rediscovery_build_flags INTERFACE)
target_compile_options(rediscovery_build_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wextra-semi
  $<$<BOOL:${REDISCOVERY_WARNINGS_AS_ERRORS}>:-Werror>)
if(REDISCOVERY_SANITIZE)
  target_compile_options(rediscovery_build_flags INTERFACE
    -fsanitize=${REDISCOVERY_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(rediscovery_build_flags INTERFACE -fsanitize=${REDISCOVERY_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # gcc 12 reports uninitialized values that only its own instrumentation makes look possible, and TSan's
    # missing support for atomic_thread_fence, which only the standard library's headers mention.
    target_compile_options(rediscovery_build_flags INTERFACE -Wno-maybe-uninitialized)
    if(REDISCOVERY_SANITIZE STREQUAL "thread")
      target_compile_options(rediscovery_build_flags INTERFACE -Wno-tsan)
    endif()
  endif()
endif()

# rediscovery_layer(<folder> SOURCES … [DEPENDS <folder> …] [LINKS <third-party target> …])
#
# Defines the static library rediscovery_<folder>. A static library links nothing itself, so a call into a
# folder that DEPENDS does not name would only be found where the whole is put together, and there it would
# be satisfied. Where tests are built, a shared library is therefore linked from the folder and its declared
# dependencies alone, with nothing left undefined.
function(rediscovery_layer folder)
  cmake_parse_arguments(PARSE_ARGV 1 layer "" "" "SOURCES;DEPENDS;LINKS")
  set(target rediscovery_${folder})
  list(TRANSFORM layer_DEPENDS PREPEND rediscovery_)

  add_library(${target} STATIC ${layer_SOURCES})
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${target} PUBLIC ${layer_DEPENDS} ${layer_LINKS} PRIVATE rediscovery_build_flags)

  # Sanitizers leave their runtime's symbols to the executable, which this check would take for undefined.
  if(REDISCOVERY_BUILD_TESTS AND NOT REDISCOVERY_SANITIZE)
    add_library(${target}_links SHARED $<TARGET_OBJECTS:${target}>)
    set_target_properties(${target}_links PROPERTIES LINKER_LANGUAGE CXX)
    target_link_libraries(${target}_links PRIVATE ${layer_DEPENDS} ${layer_LINKS})
    target_link_options(${target}_links PRIVATE -Wl,--no-undefined)
  endif()
endfunction()
