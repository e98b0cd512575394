// What "check" has found: a sentence, how bad it is, and what to do about it. Pure.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace rediscovery::updater {

enum class Area : std::uint8_t {
  configuration,
  sentinels,
  scripts,
  consul,
  permissions,
  fence,
  catalog,
  dns,
  redis,
};

enum class Grade : std::uint8_t {
  ok,
  warning,  // works, but is worth a look
  healing,  // a problem that time may heal: a server that is away, a failover that is under way
  problem,  // somebody must act
};

[[nodiscard]] std::string_view to_string(Area area);
[[nodiscard]] std::string_view to_string(Grade grade);
std::ostream& operator<<(std::ostream& out, Area area);
std::ostream& operator<<(std::ostream& out, Grade grade);

struct Finding {
  std::string master;  // empty: concerns all of them
  Area area = Area::configuration;
  Grade grade = Grade::ok;
  std::string text;
  std::string remedy;  // what to type or edit; empty if ok

  friend bool operator==(const Finding&, const Finding&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Finding& finding);
};

using Findings = std::vector<Finding>;

// 0: nothing but warnings; 1: what time may heal; 2: somebody must act.
[[nodiscard]] int exit_code(const Findings& findings);

}  // namespace rediscovery::updater
