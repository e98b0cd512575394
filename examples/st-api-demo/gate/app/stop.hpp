// SIGTERM and SIGINT, waited for like anything else.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace st_gate {

// From its construction on the signals are blocked in this thread and all it starts. Construct it first.
class Stop {
 public:
  Stop();
  ~Stop();
  Stop(const Stop&) = delete;
  Stop& operator=(const Stop&) = delete;

  [[nodiscard]] bool stopped();
  // Something has happened; the next wait returns at once.
  void wake();
  // Until then, until woken, or until it is to stop; false: it is.
  bool wait_until(std::chrono::system_clock::time_point time);
  // Called once, from another thread, when it is to stop; at once if it is.
  void on_stop(std::function<void()> callback);

 private:
  void listen();

  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
  bool woken_ = false;
  std::function<void()> callback_;
  std::thread thread_;
};

}  // namespace st_gate
