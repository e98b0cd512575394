// The host names that Sentinels announce, looked up as far as they are not known.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sentinel/host_book.hpp"

namespace rediscovery::sentinel {

// A HostBook for many threads, and the look-ups that fill it.
class Hosts {
 public:
  // Asks for all names at once, until the deadline; a name without addresses was not resolved.
  using LookUp = std::function<std::map<std::string, std::vector<std::string>>(
      const std::vector<std::string>& names, core::TimePoint deadline)>;

  explicit Hosts(LookUp look_up) : look_up_(std::move(look_up)) {}

  // Looks up what is not known, or is due again. Waits in the calling thread until `deadline` at most; for a
  // name that is known already, only a moment. No lock is held meanwhile.
  void learn(const std::vector<std::string>& names, core::TimePoint now, core::TimePoint deadline);
  // From memory. Any thread.
  [[nodiscard]] std::optional<std::string> address_of(std::string_view name) const;

 private:
  void ask(const std::vector<std::string>& names, core::TimePoint now, core::TimePoint deadline);

  LookUp look_up_;
  mutable std::mutex mutex_;
  HostBook book_;  // guarded by mutex_
};

}  // namespace rediscovery::sentinel
