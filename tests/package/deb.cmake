# The Debian packages: what is in each, that they install, work and go away again in a root of their own, and that
# nothing starts by itself.
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
set(packages ${BUILD}/packages)
set(root ${BUILD}/root)
file(REMOVE_RECURSE ${packages} ${root})
run(${CMAKE_CPACK_COMMAND} -G DEB --config ${PROJECT_BUILD}/CPackConfig.cmake -B ${packages})

# package_of(<name>) - sets `package` to the one file that begins so.
macro(package_of name)
  file(GLOB package ${packages}/${name}_*.deb)
  list(LENGTH package count)
  if(NOT count EQUAL 1)
    file(GLOB all RELATIVE ${packages} ${packages}/*.deb)
    message(FATAL_ERROR "${count} packages are called ${name}; there are: ${all}")
  endif()
endmacro()

# expect(<pattern>…) - each is found in `output`.
function(expect)
  foreach(pattern IN LISTS ARGN)
    if(NOT output MATCHES "${pattern}")
      message(SEND_ERROR "nothing matches '${pattern}' in:\n${output}")
    endif()
  endforeach()
endfunction()

package_of(librediscovery0.1)
set(library ${package})
run(dpkg-deb --info ${library})
expect("Section: libs\n" "Depends: [^\n]*libc6 [^\n]*libuv1" "Description: Redis connection pool" "shlibs" "triggers")
run(dpkg-deb --contents ${library})
expect("/librediscovery\\.so\\.0\\.1 -> librediscovery\\.so\\.0\\.1\\." "/doc/librediscovery0\\.1/copyright")
if(output MATCHES "librediscovery\\.so |include/")
  message(SEND_ERROR "the library's package has what belongs to librediscovery-dev:\n${output}")
endif()

package_of(librediscovery-dev)
set(development ${package})
run(dpkg-deb --info ${development})
expect("Section: libdevel" "Depends: librediscovery0\\.1 \\(= 0\\.1\\.0-1\\)")
run(dpkg-deb --contents ${development})
expect("/librediscovery\\.so -> " "/rediscovery/pool\\.hpp" "/rediscovery-config\\.cmake" "/pkgconfig/rediscovery\\.pc")

package_of(rediscovery-updater)
set(updater ${package})
run(dpkg-deb --info ${updater})
expect("Depends: [^\n]*libcurl4" "Depends: [^\n]*systemd" "postinst" "prerm" "postrm")
run(dpkg-deb --contents ${updater})
expect(
  "-rwxr-xr-x root/root [^\n]* \\./usr/lib/rediscovery/rediscovery-updater\n"
  "/usr/lib/rediscovery/rediscovery-on-reconfig -> rediscovery-updater"
  "/usr/lib/rediscovery/rediscovery-on-event -> rediscovery-updater"
  "/usr/bin/rediscovery-updater -> \\.\\./lib/rediscovery/rediscovery-updater"
  "/usr/lib/systemd/system/rediscovery-updater\\.service"
  "/usr/lib/sysusers\\.d/rediscovery-updater\\.conf"
  "/usr/share/doc/rediscovery-updater/examples/one-master\\.json"
  "/usr/share/man/man8/rediscovery-updater\\.8\\.gz"
  "/etc/rediscovery/\n")
if(output MATCHES "/etc/rediscovery/[^\n]" OR output MATCHES "/usr/local")
  message(SEND_ERROR "the updater's package has a file that it must not have:\n${output}")
endif()

find_program(lintian lintian NO_CACHE)
if(lintian)
  run(${lintian} --fail-on error --suppress-tags bogus-mail-host --allow-root ${library} ${development} ${updater})
else()
  message(STATUS "no lintian: not asked")
endif()

# ---------------------------------------------------------------------------- installed, used, removed
# With the packages that they depend on left out, the maintainer scripts are told of the root and not put into it.
macro(dpkg_in_root)
  run(dpkg --root=${root} --force-depends --force-script-chrootless --log=/dev/null ${ARGN})
endmacro()
execute_process(COMMAND id -u OUTPUT_VARIABLE user OUTPUT_STRIP_TRAILING_WHITESPACE)
if(NOT user EQUAL 0)
  message(FATAL_ERROR "dpkg installs for root only, also into a folder: run this test as root, or under fakeroot")
endif()
file(MAKE_DIRECTORY ${root}/var/lib/dpkg/updates ${root}/var/lib/dpkg/info ${root}/etc)
file(WRITE ${root}/var/lib/dpkg/status "")
dpkg_in_root(--install ${library} ${development} ${updater})

file(READ ${root}/etc/passwd output)
expect("(^|\n)rediscovery:[^\n]*:/usr/sbin/nologin")
file(STRINGS ${root}/usr/lib/systemd/system/rediscovery-updater.service output REGEX "^ExecStart=")
expect("^ExecStart=/usr/lib/rediscovery/rediscovery-updater run")
file(GLOB_RECURSE enabled ${root}/etc/systemd/*)
if(enabled)
  message(SEND_ERROR "the installation has enabled something: ${enabled}")
endif()
run(${root}/usr/bin/rediscovery-updater --version)
expect("^rediscovery-updater 0\\.1\\.0")
build_consumer(deb_consumer -DHOW=find_package -DCMAKE_PREFIX_PATH=${root}/usr)

dpkg_in_root(--purge rediscovery-updater librediscovery-dev librediscovery0.1)
file(GLOB_RECURSE left LIST_DIRECTORIES false ${root}/usr/* ${root}/etc/rediscovery*)
if(left)
  message(FATAL_ERROR "after the purge there are still: ${left}")
endif()
