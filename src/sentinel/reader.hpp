// Reads what all Sentinels say about a master, again and again.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "redis/connection.hpp"
#include "sentinel/roster.hpp"
#include "sentinel/settings.hpp"
#include "sentinel/view.hpp"

namespace rediscovery::sentinel {

// Keeps its connections between two readings. One that has broken meanwhile is made anew within the reading;
// one that has not answered in time is not used again. One thread at a time.
class Reader {
 public:
  // `settings` must outlive this. `cancel_fd` becoming readable ends a reading early; -1: nothing does.
  explicit Reader(const Settings& settings, int cancel_fd = -1);

  // `name`: the master's. Asks all members of its Roster at once, and whom one of them lists as soon as it
  // has; waits in the calling thread. Returns one observation for each member. Takes at most until `deadline`
  // or `settings.timeout`. Once a majority has answered, the others are waited for at most `settings.grace`
  // longer, and if there is news, a higher epoch than in the reading before, not at all for those who have
  // just been waited for in vain.
  [[nodiscard]] std::vector<Observation> read(const std::string& name, core::TimePoint deadline);

 private:
  struct Line {                                     // to one Sentinel
    std::unique_ptr<redis::Connection> connection;  // idle, nothing unread; null: none
    core::TimePoint used{};
    core::TimePoint silent = core::TimePoint::min();  // when it was last waited for in vain
  };
  struct Master {
    Roster roster;
    std::optional<std::uint64_t> epoch = {};  // the highest of the last reading
  };
  class Round;

  [[nodiscard]] static std::unique_ptr<redis::Connection> take(Line& line);
  // Those of whoever is a member no more.
  void hang_up();

  const Settings& settings_;
  int cancel_fd_;
  std::map<core::Endpoint, Line> lines_;
  std::map<std::string, Master, std::less<>> masters_;
};

}  // namespace rediscovery::sentinel
