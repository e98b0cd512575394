// Who may be in the answer at all: the entries that `admit` and `exclude` make.
#pragma once

#include <nlohmann/json.hpp>

#include "world.hpp"

namespace st_gate {

struct Admission {
  bool allowed = false;
  bool admitted = false;        // somebody has let it in, whether it is excluded now or not
  std::string why;              // if not: in words
  bool by_hand = false;         // if not: somebody wants it out, or nobody has wanted it in yet
  std::optional<Time> changes;  // when it will be judged differently
};

// The instance's own entry and its node's: one admission is enough, one exclusion, too.
[[nodiscard]] Admission judge(const Instance& instance, const Subjects& subjects, Time now);

[[nodiscard]] nlohmann::ordered_json to_json(const Subject& subject);
// nullopt: it is not what to_json writes.
[[nodiscard]] std::optional<Subject> parse_subject(const std::string& text);
// What a Consul key may be made of: 1 to 128 letters, digits, '.', '_' and '-'.
[[nodiscard]] bool is_subject_name(const std::string& name);

}  // namespace st_gate
