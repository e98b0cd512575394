// A thread that writes numbered keys, one after the other.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "subject.hpp"

namespace rediscovery::bench {

using Clock = std::chrono::steady_clock;

struct Acknowledged {
  std::string key;
  Clock::time_point at;
  std::uint64_t masters_followed;
};

class Writer {
 public:
  explicit Writer(Subject& subject);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Whether the latest acknowledgement is of a master after that many.
  [[nodiscard]] bool is_beyond(std::uint64_t masters_followed) const;
  // What was acknowledged since the last call.
  [[nodiscard]] std::vector<Acknowledged> take();

 private:
  void run(const std::stop_token& stop);

  Subject& subject_;
  mutable std::mutex mutex_;
  std::vector<Acknowledged> acknowledged_;      // guarded by mutex_
  std::optional<std::uint64_t> last_followed_;  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace rediscovery::bench
