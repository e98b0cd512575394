// An application that embeds the library: it writes numbered keys, one after the other.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <rediscovery/pool.hpp>

#include "moment.hpp"

namespace rediscovery::demo {

// What became of one write.
struct Write {
  enum class Outcome { acknowledged, failed, in_doubt };

  std::string key;
  Clock::time_point sent;   // handed to the pool
  Clock::time_point ended;  // given back by the pool
  Outcome outcome = Outcome::failed;
  std::uint64_t generation = 0;  // the pool's at the end: whose acknowledgement it is, see Writer::note()

  [[nodiscard]] bool ok() const { return outcome == Outcome::acknowledged; }
};

// Every write has its time, which does not depend on how long those before took; what is overdue after an
// outage is written at once. None is sent twice: it is not marked as idempotent.
class Writer {
 public:
  struct Count {
    std::size_t ok = 0;
    std::size_t failed = 0;
  };
  // An event of the pool, by this process's clock.
  struct PoolEvent {
    Clock::time_point at;
    Event event;
  };

  // Begins at once. Tells `moments`, which must outlive this, what its pool sees after its first master.
  Writer(const rediscovery::Options& redis, int rate, Moments& moments);
  // Waits for nothing: the write under way fails.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  [[nodiscard]] Count count() const;
  // Writes no more; the write under way is waited for.
  void stop_sending() { sending_ = false; }
  [[nodiscard]] bool finished() const { return finished_; }
  // After finished().
  [[nodiscard]] std::vector<Write> writes() const;
  [[nodiscard]] std::vector<PoolEvent> events() const;

 private:
  [[nodiscard]] rediscovery::Options with_events(rediscovery::Options redis);
  void note(const Event& event);
  void run(const std::stop_token& stop);
  [[nodiscard]] Write write(std::size_t number);
  void record(Write write);

  const int rate_;
  Moments& moments_;
  std::atomic<bool> sending_ = true;
  std::atomic<bool> finished_ = false;
  std::atomic<std::uint64_t> generation_ = 0;
  std::uint64_t acknowledged_by_ = 0;  // the generation of the last acknowledgement; of the writing thread
  mutable std::mutex mutex_;
  Count count_;                    // guarded by mutex_
  std::vector<Write> writes_;      // guarded by mutex_
  std::vector<PoolEvent> events_;  // guarded by mutex_
  Pool pool_;                      // after what its events need
  std::jthread thread_;
};

}  // namespace rediscovery::demo
