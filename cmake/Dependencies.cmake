# Finds the third-party libraries that the library itself is made from, and
# defines for those that have no usual target name
#
#   rediscovery_deps::uv       libuv
#   rediscovery_deps::cares    c-ares
#   rediscovery_deps::hiredis  hiredis with its TLS part
#
# next to nlohmann_json::nlohmann_json, CURL::libcurl, OpenSSL::SSL,
# OpenSSL::Crypto and Threads::Threads.  What only tests need is found there.
#
# What scripts/setup has built is preferred to what the system has.

if(DEFINED ENV{REDISCOVERY_DEPS} AND NOT "$ENV{REDISCOVERY_DEPS}" STREQUAL "")
  # As in scripts/setup, a relative name is relative to where one stands.
  get_filename_component(_deps_default "$ENV{REDISCOVERY_DEPS}" ABSOLUTE BASE_DIR "$ENV{PWD}")
else()
  set(_deps_default "${PROJECT_SOURCE_DIR}/.deps")
endif()
set(REDISCOVERY_DEPS "${_deps_default}" CACHE PATH "Folder that scripts/setup has filled")
unset(_deps_default)

# Everything missing is gathered first, so that it can be named all at once.
set(_deps_missing "")

# _deps_find(<name> <minimum version or ""> HEADER <file> LIBRARIES <name>…
#            [VERSION_HEADER <file> VERSION_MACROS <major> <minor> <patch>])
#
# Sets _deps_<name>_include, and _deps_<name>_libraries to full paths; what
# cannot be found, or is too old, is added to _deps_missing.
#
# By way of headers and library files rather than of pkg-config or CMake
# packages: Debian's releases differ in which of these they have, and the
# folder stays usable when it is moved.  Nothing is cached, as otherwise an
# old version found once would stay chosen after scripts/setup.
function(_deps_find name minimum)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "HEADER;VERSION_HEADER" "LIBRARIES;VERSION_MACROS")
  set(wanted "${name}")
  if(minimum)
    string(APPEND wanted " >= ${minimum}")
  endif()

  find_path(include "${arg_HEADER}" HINTS "${REDISCOVERY_DEPS}/prefix/include" NO_CACHE)
  if(NOT include)
    set(_deps_missing ${_deps_missing} "${wanted} (no ${arg_HEADER})" PARENT_SCOPE)
    return()
  endif()

  # Without a cache entry, CMake leaves a slash at the end.
  string(REGEX REPLACE "/$" "" include "${include}")

  set(version "")
  if(minimum)
    foreach(macro IN LISTS arg_VERSION_MACROS)
      file(STRINGS "${include}/${arg_VERSION_HEADER}" line REGEX "^#[ \t]*define[ \t]+${macro}[ \t]+[0-9]+" LIMIT_COUNT 1)
      string(REGEX REPLACE ".*${macro}[ \t]+([0-9]+).*" "\\1" number "${line}")
      list(APPEND version "${number}")
    endforeach()
    list(JOIN version "." version)
    if(version VERSION_LESS minimum)
      set(_deps_missing ${_deps_missing} "${wanted} (${include} has ${version})" PARENT_SCOPE)
      return()
    endif()
  endif()

  # The library that lies next to the header, rather than one of another
  # version elsewhere.
  cmake_path(GET include PARENT_PATH prefix)
  set(libraries "")
  foreach(file IN LISTS arg_LIBRARIES)
    unset(library)
    find_library(library "${file}" HINTS "${prefix}/lib" NO_CACHE)
    if(NOT library)
      set(_deps_missing ${_deps_missing} "${wanted} (no library ${file})" PARENT_SCOPE)
      return()
    endif()
    list(APPEND libraries "${library}")
  endforeach()

  if(NOT TARGET rediscovery_deps::${name})
    string(STRIP "${name} ${version}" what)
    message(STATUS "Found ${what}: ${libraries}")
  endif()
  set(_deps_${name}_include "${include}" PARENT_SCOPE)
  set(_deps_${name}_libraries "${libraries}" PARENT_SCOPE)
endfunction()

_deps_find(uv "" HEADER uv.h LIBRARIES uv)
_deps_find(cares 1.28 HEADER ares_dns_record.h LIBRARIES cares
  VERSION_HEADER ares_version.h VERSION_MACROS ARES_VERSION_MAJOR ARES_VERSION_MINOR ARES_VERSION_PATCH)
_deps_find(hiredis 1.1 HEADER hiredis/hiredis_ssl.h LIBRARIES hiredis_ssl hiredis
  VERSION_HEADER hiredis/hiredis.h VERSION_MACROS HIREDIS_MAJOR HIREDIS_MINOR HIREDIS_PATCH)

# Global, here and below, for a project that adds this one as a subfolder: the
# dependencies of the library it links must be known to it, too.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
set(THREADS_PREFER_PTHREAD_FLAG ON)
foreach(_deps_package IN ITEMS nlohmann_json CURL OpenSSL Threads)
  find_package(${_deps_package} QUIET)
  if(NOT ${_deps_package}_FOUND)
    list(APPEND _deps_missing "${_deps_package}")
  endif()
endforeach()
unset(_deps_package)
unset(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL)

# By pkg-config, because Debian builds it as a library: the macros it was built with must be ours, too.
if(REDISCOVERY_BUILD_UPDATER)
  find_package(PkgConfig QUIET)
  if(PKG_CONFIG_FOUND AND NOT TARGET PkgConfig::httplib)
    pkg_check_modules(httplib QUIET IMPORTED_TARGET GLOBAL cpp-httplib)
  endif()
  if(NOT TARGET PkgConfig::httplib)
    list(APPEND _deps_missing "cpp-httplib (for rediscovery-updater, and pkg-config to find it)")
  endif()
endif()

if(_deps_missing)
  list(JOIN _deps_missing "\n  " _deps_missing)
  message(FATAL_ERROR
    "Missing, here and in ${REDISCOVERY_DEPS}:\n  ${_deps_missing}\n"
    "Run scripts/setup, which provides all of it, then try again. "
    "(If its folder is not the above, name it: -DREDISCOVERY_DEPS=…)")
endif()
unset(_deps_missing)

# _deps_target(<name> <library> …), the libraries being what the found ones
# need.  A target with a location, for CMake to place those behind it on the
# linker's command line, which static libraries depend on.
function(_deps_target name)
  if(TARGET rediscovery_deps::${name})
    return()
  endif()
  list(POP_FRONT _deps_${name}_libraries first)
  add_library(rediscovery_deps::${name} UNKNOWN IMPORTED GLOBAL)
  set_target_properties(rediscovery_deps::${name} PROPERTIES IMPORTED_LOCATION "${first}")
  # SYSTEM: warnings in other people's headers are none of ours.
  target_include_directories(rediscovery_deps::${name} SYSTEM INTERFACE "${_deps_${name}_include}")
  target_link_libraries(rediscovery_deps::${name} INTERFACE ${_deps_${name}_libraries} ${ARGN})
endfunction()

_deps_target(uv Threads::Threads ${CMAKE_DL_LIBS})
_deps_target(cares Threads::Threads)
_deps_target(hiredis OpenSSL::SSL OpenSSL::Crypto)

# The static c-ares wants to be told, lest its symbols be declared imported.
if(_deps_cares_libraries MATCHES "\\${CMAKE_STATIC_LIBRARY_SUFFIX}$")
  target_compile_definitions(rediscovery_deps::cares INTERFACE CARES_STATICLIB)
endif()
