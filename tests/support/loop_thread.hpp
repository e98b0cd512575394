#pragma once

#include <poll.h>
#include <sys/eventfd.h>

#include <chrono>
#include <functional>
#include <map>
#include <thread>
#include <vector>

#include "support/file_descriptor.hpp"

namespace rediscovery::testing {

/// The thread of a scripted server: waits for descriptors and for times. Apart from wake() and the end, its
/// functions are for its own thread, or for before start().
class LoopThread {
 public:
  using Clock = std::chrono::steady_clock;

  LoopThread() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~LoopThread() { end(); }
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;

  /// `on_wake` runs on the thread after each wake().
  void start(std::function<void()> on_wake = {}) {
    thread_ =
        std::jthread([this, woken = std::move(on_wake)](const std::stop_token& stop) { run(stop, woken); });
  }
  void end() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    wake();
    thread_.join();
  }
  void wake() const { ::eventfd_write(wake_.get(), 1); }

  /// Calls `readable` whenever the descriptor can be read.
  void watch(int fd, std::function<void()> readable) { watched_[fd] = std::move(readable); }
  void unwatch(int fd) { watched_.erase(fd); }
  void at(Clock::time_point when, std::function<void()> action) { timed_.emplace(when, std::move(action)); }

 private:
  void run(const std::stop_token& stop, const std::function<void()>& on_wake) {
    while (!stop.stop_requested()) {
      std::vector<pollfd> polled{{wake_.get(), POLLIN, 0}};
      for (const auto& [fd, unused] : watched_) polled.push_back({fd, POLLIN, 0});
      ::poll(polled.data(), polled.size(), wait_time());
      if (polled[0].revents != 0) {
        eventfd_t ignored = 0;
        ::eventfd_read(wake_.get(), &ignored);
        if (on_wake && !stop.stop_requested()) on_wake();
      }
      for (std::size_t i = 1; i < polled.size(); ++i) {
        // An earlier callback may have unwatched it.
        const auto found = watched_.find(polled[i].fd);
        if (polled[i].revents == 0 || found == watched_.end()) continue;
        const auto readable = found->second;
        if (readable) readable();
      }
      while (!timed_.empty() && timed_.begin()->first <= Clock::now()) {
        const auto action = timed_.begin()->second;
        timed_.erase(timed_.begin());
        if (action) action();
      }
    }
  }

  [[nodiscard]] int wait_time() const {
    if (timed_.empty()) return -1;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(timed_.begin()->first - Clock::now()).count();
    return left > 0 ? static_cast<int>(left) : 0;
  }

  FileDescriptor wake_;
  std::map<int, std::function<void()>> watched_;
  std::multimap<Clock::time_point, std::function<void()>> timed_;
  std::jthread thread_;
};

}  // namespace rediscovery::testing
