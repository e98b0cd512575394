// What is to be done to the answer, what is not done although health would have it, and why.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "time.hpp"

namespace st_gate {

enum class Move { add, remove };

struct Change {
  Move move = Move::add;
  std::string address;
  std::string who;  // instance and node
  std::string why;
  bool operator==(const Change&) const = default;
};

enum class Hold { rise, fall, pause, pace, freeze, floor };

// A change that waits, or that is refused.
struct Held {
  Change change;
  Hold hold = Hold::rise;
  std::string why;
  bool operator==(const Held&) const = default;
};

struct Plan {
  std::vector<Change> changes;
  std::vector<Held> held;
  std::vector<std::string> findings;  // what somebody should look at
  bool frozen = false;                // what was read is not believed
  std::optional<Time> wake;           // when time alone would change the plan

  // Health says otherwise than the answer, and it stays so until somebody or time intervenes.
  [[nodiscard]] bool guarded() const;
  bool operator==(const Plan&) const = default;
};

[[nodiscard]] const char* to_text(Move move);
[[nodiscard]] const char* to_text(Hold hold);
// A line for each change, what is held and what is found; "nothing to do" if there is none.
[[nodiscard]] std::string to_text(const Plan& plan);
[[nodiscard]] nlohmann::ordered_json to_json(const Plan& plan);

}  // namespace st_gate
