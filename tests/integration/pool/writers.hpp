#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include <rediscovery/pool.hpp>

namespace rediscovery::testing {

/// Threads that write through a pool as fast as it goes, and count what the pool said about each write.
class Writers {
 public:
  enum class Work : std::uint8_t {
    sets,                  // SET, marked idempotent; each thread has a key of its own and counts up in it
    increments,            // INCR of kCounter
    replicated_increments  // INCR, then WAIT for two replicas, on a lease
  };
  static constexpr const char* kCounter = "counter";

  struct Tally {
    std::uint64_t acknowledged = 0;
    std::uint64_t replicated = 0;  // of these, acknowledged by two replicas as well
    std::uint64_t in_doubt = 0;
    std::uint64_t not_executed = 0;
    std::vector<Error> errors;            // all that were returned, in no order
    std::vector<std::uint64_t> last_set;  // by thread: the number of its last acknowledged SET

    /// Without the doubt that a switch leaves: an answer of the old master that its thread came to read only
    /// after another was adopted. How many those are is the scheduler's matter.
    [[nodiscard]] std::vector<Error> unexplained() const;
  };

  Writers(Pool& pool, Work work, int threads, std::chrono::milliseconds timeout);
  ~Writers();
  Writers(const Writers&) = delete;
  Writers& operator=(const Writers&) = delete;

  /// The key that thread `index` sets.
  [[nodiscard]] static std::string key(int index);
  /// Waits until at least this many more writes have been acknowledged.
  void wait_progress(std::uint64_t more = 50) const;
  /// Lets every thread finish its write. Once.
  Tally stop();

 private:
  void run(int index);
  void set_once(int index, std::uint64_t number);
  void increment_once();
  void increment_replicated_once();
  void count(const Error& error);

  Pool& pool_;
  const Work work_;
  const std::chrono::milliseconds timeout_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> acknowledged_{0};
  std::mutex mutex_;
  Tally tally_;  // guarded by mutex_, but for acknowledged
  std::vector<std::jthread> threads_;
};

}  // namespace rediscovery::testing
