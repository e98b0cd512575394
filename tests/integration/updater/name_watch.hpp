// Asks DNS for the master's and the replicas' names all the time, from several threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace rediscovery::testing {

// The switches it is told of are numbered; each moves the name to `address(number)`. Addresses may come back,
// but not within a few switches, so that an answer says which switch it is of.
class NameWatch {
 public:
  using Address = std::function<std::string(std::uint64_t)>;
  // What DNS answers now for a name; throws TimeoutError if it does not.
  using Resolve = std::function<std::vector<std::string>(const std::string& name)>;

  // Number `first` is what DNS answers now. Returns when every thread has had an answer.
  NameWatch(Resolve resolve, std::size_t replicas, std::uint64_t first, Address address,
            std::size_t threads = 3);
  ~NameWatch();
  NameWatch(const NameWatch&) = delete;
  NameWatch& operator=(const NameWatch&) = delete;

  // From now on the name may move there. Call it before anybody can know.
  void allow(std::uint64_t number) { allowed_ = number; }
  // Every thread has seen it, or a later one.
  [[nodiscard]] bool seen(std::uint64_t number) const;

  [[nodiscard]] std::uint64_t polls() const { return polls_; }
  // What was not as it must be, one line each: no master or two, a step back, an address that nobody named,
  // another number of replicas.
  [[nodiscard]] std::vector<std::string> problems() const;

 private:
  void watch(std::size_t thread);
  void judge_master(std::size_t thread, const std::vector<std::string>& answer);
  void problem(const std::string& what);

  Resolve resolve_;
  std::size_t replicas_;
  Address address_;
  std::atomic<std::uint64_t> allowed_;
  std::atomic<std::uint64_t> polls_{0};
  std::atomic<bool> stop_{false};
  std::vector<std::atomic<std::uint64_t>> seen_;  // by thread
  mutable std::mutex mutex_;
  std::vector<std::string> problems_;  // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace rediscovery::testing
