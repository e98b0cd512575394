// Something that happened, and a list of it that several threads write to.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace rediscovery::demo {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

enum class What {
  fault,
  undone,     // a fault is
  suspected,  // by st-api's pool
  writer_suspected,
  agreed_down,  // by the Sentinels
  promoted,     // a replica says that it is master
  demoted,      // a master says that it is a replica
  announced,    // by the first Sentinel
  name_moved,   // Consul's DNS names another master
  adopted,      // by st-api's pool
  writer_adopted,
  write_resumed,  // the first acknowledgement after either of these
  trouble,        // something that should not happen
};

struct Moment {
  Clock::time_point at;
  What what = What::trouble;
  std::string text;            // for people
  Clock::duration late_by{0};  // `at` is at most so long after it really was
};

// Any thread.
class Moments {
 public:
  void add(Moment moment);
  // Unless there is one of the same kind and text since the last fault: for what several observers see.
  void add_once(Moment moment);
  // Those added since the last call, the earliest first.
  std::vector<Moment> take_new();
  // All so far, the earliest first.
  [[nodiscard]] std::vector<Moment> all() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Moment> moments_;
  std::size_t taken_ = 0;
};

// The first of its kind.
std::optional<Moment> find(const std::vector<Moment>& moments, What what);

}  // namespace rediscovery::demo
