// The file system as a unit shows it to its service.
#pragma once

#include <filesystem>

#include "unit_file.hpp"

namespace rediscovery::testing {

struct Owner {
  unsigned user = 0;
  unsigned group = 0;
};

// Gives this process a mount namespace of its own and, in it, what the unit's ProtectSystem, ReadWritePaths,
// NoExecPaths, ExecPaths, PrivateTmp, PrivateDevices, ProtectHome, ProtectProc and RuntimeDirectory make.
// What is below `staged` (etc/…, usr/…) appears to be installed on the machine, which it is not. Throws
// std::system_error that says what could not be done.
void enter_file_system(const UnitFile& unit, const std::filesystem::path& staged, Owner owner);

}  // namespace rediscovery::testing
