// What this host knows of the scripts that its Sentinel starts, and of the cage that its Sentinel may live
// in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/endpoint.hpp"

namespace rediscovery::updater {

// A script of a Sentinel on this host.
struct ScriptFile {
  core::Endpoint sentinel;
  std::string option;  // "client-reconfig-script", "notification-script"
  std::string path;
  std::string target;       // where symbolic links lead; empty: nowhere
  bool executable = false;  // for us
  bool is_program = false;  // machine code
  std::string interpreter;  // of the #! line; empty: there is none
  bool caged = false;       // its Sentinel runs in the unit that Facts::sandbox is about
  friend bool operator==(const ScriptFile&, const ScriptFile&) = default;
};

// What systemd lets the programs of a unit execute.
struct Sandbox {
  std::vector<std::string> no_exec_paths;
  std::vector<std::string> exec_paths;
  friend bool operator==(const Sandbox&, const Sandbox&) = default;
};

// Adds the NoExecPaths= and ExecPaths= of one file, a unit or a drop-in; an empty one takes back what came
// before. Pure.
void read_unit(std::string_view text, Sandbox& sandbox);

// Whether a program at `path` may be executed: the longest of the paths that contain it decides. Pure.
[[nodiscard]] bool allows(const Sandbox& sandbox, std::string_view path);

}  // namespace rediscovery::updater
