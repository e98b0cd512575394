#include "sentinel/hosts.hpp"

#include <algorithm>

namespace rediscovery::sentinel {
namespace {

// Resolvers that hang must not hold up a switch, when there is an answer from before.
constexpr std::chrono::milliseconds kRenewal{100};

}  // namespace

void Hosts::learn(const std::vector<std::string>& names, core::TimePoint now, core::TimePoint deadline) {
  HostBook::Due due;
  {
    const std::lock_guard lock(mutex_);
    due = book_.due(names, now);
  }
  ask(due.unknown, now, deadline);
  ask(due.renewed, now, std::min(deadline, core::saturating_add(now, kRenewal)));
}

void Hosts::ask(const std::vector<std::string>& names, core::TimePoint now, core::TimePoint deadline) {
  if (names.empty()) return;
  const auto answers = look_up_(names, deadline);
  const std::lock_guard lock(mutex_);
  for (const auto& name : names) {
    const auto answer = answers.find(name);
    book_.answered(name, answer == answers.end() ? std::vector<std::string>() : answer->second, now);
  }
}

std::optional<std::string> Hosts::address_of(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  return book_.address_of(name);
}

}  // namespace rediscovery::sentinel
