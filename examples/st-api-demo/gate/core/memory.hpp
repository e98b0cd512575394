// What must be remembered from one decision to the next. It is kept in Consul's KV, so that it does not
// matter which host or which process decides next.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "pace.hpp"

namespace st_gate {

struct Seen {
  bool good = false;  // the last state that was not a warning
  Time since{};       // when it began
  Time left{};        // when its address was last taken out
  bool operator==(const Seen&) const = default;
};

// How many were healthy, and until when.
struct Count {
  std::size_t healthy = 0;
  Time until{};
  bool operator==(const Count&) const = default;
};

struct Memory {
  std::map<std::string, Seen> instances;  // by node and ID: "node-1/st-api"
  std::optional<std::size_t> healthy;     // now
  std::vector<Count> before;              // as far back as the window goes
  PaceState pace;
  bool operator==(const Memory&) const = default;
};

[[nodiscard]] nlohmann::ordered_json to_json(const Memory& memory);
[[nodiscard]] std::optional<Memory> parse_memory(const std::string& text);
// A clock that was set back must not make anything wait for the time that was.
[[nodiscard]] Memory not_after(Memory memory, Time now, const Rules& rules);

}  // namespace st_gate
