// How the tests of a state machine are written: what happened, and what the machine did about it.
#pragma once

#include <ostream>
#include <vector>

namespace rediscovery::core {

// What a machine answered to one event: its actions, in order.
template <typename Action>
struct Script {
  std::vector<Action> actions;

  friend bool operator==(const Script&, const Script&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Script& script) {
    if (script.actions.empty()) return out << "(nothing)";
    const char* separator = "";
    for (const auto& action : script.actions) {
      out << separator << action;
      separator = ", ";
    }
    return out;
  }
};

}  // namespace rediscovery::core
