// Reads what all Sentinels say about a master, again and again.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "redis/connection.hpp"
#include "sentinel/settings.hpp"
#include "sentinel/view.hpp"

namespace rediscovery::sentinel {

// Keeps its connections between two readings. One that has broken meanwhile is made anew within the reading;
// one that has not answered in time is not used again. One thread at a time.
class Reader {
 public:
  // `settings` must outlive this. `cancel_fd` becoming readable ends a reading early; -1: nothing does.
  explicit Reader(const Settings& settings, int cancel_fd = -1);

  // Asks all Sentinels at once, and waits in the calling thread. Returns one observation for each address of
  // the settings, in that order. Takes at most until `deadline` or `settings.timeout`. Once a majority has
  // answered, the others are waited for at most `settings.grace` longer, and if there is news, a higher epoch
  // than in the reading before, not at all for those who have just been waited for in vain.
  [[nodiscard]] std::vector<Observation> read(const std::string& master, core::TimePoint deadline);

 private:
  struct Line {                                     // to one Sentinel
    std::unique_ptr<redis::Connection> connection;  // idle, nothing unread; null: none
    core::TimePoint used{};
    core::TimePoint silent = core::TimePoint::min();  // when it was last waited for in vain
  };
  [[nodiscard]] std::unique_ptr<redis::Connection> take(Line& line) const;

  const Settings& settings_;
  int cancel_fd_;
  std::vector<Line> lines_;                                   // as settings.addresses
  std::map<std::string, std::uint64_t, std::less<>> epochs_;  // the highest of each master's last reading
};

}  // namespace rediscovery::sentinel
