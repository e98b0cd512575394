# Debian packages by CPack, one for each component: the shared library, what programs are built with, the updater.
# scripts/package builds them.
set(soversion ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(debian_revision 1)
set(debian_version ${PROJECT_VERSION}-${debian_revision})
set(library_package librediscovery${soversion})
set(development_package librediscovery-dev)
set(updater_package rediscovery-updater)

# ---------------------------------------------------------------------------- what only a package has
set(debian ${CMAKE_CURRENT_SOURCE_DIR}/debian)
file(STRINGS ${debian}/changelog latest LIMIT_COUNT 1)
if(NOT latest MATCHES "^rediscovery \\(${debian_version}\\) ")
  message(FATAL_ERROR "packaging/debian/changelog must begin with version ${debian_version}, not with: ${latest}")
endif()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${debian}/changelog)
set(changelog ${CMAKE_CURRENT_BINARY_DIR}/changelog.Debian.gz)
execute_process(COMMAND gzip -9nc ${debian}/changelog OUTPUT_FILE ${changelog} COMMAND_ERROR_IS_FATAL ANY)
foreach(component IN ITEMS library development updater)
  install(FILES ${debian}/copyright ${changelog}
    DESTINATION share/doc/${${component}_package} COMPONENT ${component} EXCLUDE_FROM_ALL)
endforeach()
# Empty: as long as there is no configuration, the unit does not start.
install(DIRECTORY DESTINATION /etc/rediscovery COMPONENT updater EXCLUDE_FROM_ALL)

# ---------------------------------------------------------------------------- the same for all packages
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME rediscovery)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR rediscovery)
# CPack's default, which it leaves out; any other would stand before every package's own first line.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${CMAKE_PROJECT_NAME} built using CMake")
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_COMPONENTS_ALL library development updater)
# Into a staging folder with the prefix that the packages' users have: the unit names it.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${debian_revision})
set(REDISCOVERY_MAINTAINER "The maintainers of rediscovery <maintainers@rediscovery.invalid>" CACHE STRING
  "Who answers for the Debian packages: Name <address>")
set(CPACK_DEBIAN_PACKAGE_MAINTAINER ${REDISCOVERY_MAINTAINER})
set(CPACK_DEBIAN_PACKAGE_SOURCE rediscovery)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# ---------------------------------------------------------------------------- librediscovery
set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME ${library_package})
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${debian}/library/triggers)
set(CPACK_DEBIAN_LIBRARY_DESCRIPTION "Redis connection pool that rediscovers its master
Clients know their Redis master by a DNS name. The pool notices within
milliseconds that the master has moved, verifies the new one, and carries
the application's commands across the move: what was certainly not executed
is sent again, what may have been is told apart.
.
This package contains the shared library.")
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME ${development_package})
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${library_package} (= ${debian_version})")
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "Redis connection pool that rediscovers its master - development files
Headers, the CMake package and the pkg-config file for programs that embed
the rediscovery library. C++20.")
if(CMAKE_INSTALL_LIBDIR MATCHES "/")
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_MULTIARCH same)
  set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_MULTIARCH same)
endif()

# ---------------------------------------------------------------------------- rediscovery-updater
set(CPACK_DEBIAN_UPDATER_PACKAGE_NAME ${updater_package})
set(CPACK_DEBIAN_UPDATER_PACKAGE_SECTION database)
set(CPACK_DEBIAN_UPDATER_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers")
set(CPACK_DEBIAN_UPDATER_PACKAGE_SUGGESTS "redis-sentinel, consul")
set(CPACK_DEBIAN_UPDATER_DESCRIPTION "keeps the roles of Redis nodes true in Consul
After Redis Sentinel has moved a master, the DNS names of the roles answer
with the new addresses: both change in one Consul transaction, fenced by
Sentinel's config-epoch. Started by Sentinel as its script, as a daemon,
which moves the names at the promotion itself, or by hand.
.
Nothing runs until /etc/rediscovery/updater.json is there and the service
has been enabled.")
set(CPACK_DEBIAN_UPDATER_PACKAGE_CONTROL_EXTRA 
  ${debian}/updater/postinst ${debian}/updater/prerm ${debian}/updater/postrm)

include(CPack)
