// What st-api-gate is told: a command with its operands, and settings from the command line, the environment
// (ST_GATE_…, and Consul's and AWS's own variables) and a file.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/gate.hpp"
#include "common/log.hpp"

namespace st_gate {

enum class Command { help, run, once, plan, admit, exclude, status };

struct Config {
  Command command = Command::help;
  bool json = false;
  std::vector<std::string> names;  // of admit and exclude
  std::string reason;              // of exclude
  std::optional<Millis> span;      // of exclude
  std::string author;

  ConsulSettings consul;
  GateSettings gate;
  std::string address_name;  // the public name
  Millis reconcile{10'000};  // `run` looks so often, whether it was told of a change or not
  Millis deadline{20'000};   // of `once`
  st_api::Level log_level = st_api::Level::info;
  std::unique_ptr<Backend> backend;  // none for admit and exclude
};

// Throws st_api::UsageError.
[[nodiscard]] Config read_config(const std::vector<std::string>& arguments,
                                 const std::map<std::string, std::string>& environment);
[[nodiscard]] std::string help_text();

}  // namespace st_gate
