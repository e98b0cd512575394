// Calls that wait, run in an order that the test decides.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/rng.hpp"

namespace rediscovery::updater::testing {

// Handed from one thread to another. Unlike libstdc++'s semaphore it does not try again and again before it
// sleeps, which takes minutes on a busy machine.
class Baton {
 public:
  void release() {
    const std::lock_guard lock(mutex_);
    here_ = true;
    arrived_.notify_one();
  }
  void acquire() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return here_; });
    here_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  bool here_ = false;  // guarded by mutex_
};

// Each part runs on a thread of its own, but one at a time, from one pass() to the next: everything that
// happens is decided by the seed.
class Turns {
 public:
  explicit Turns(core::Rng& rng) : rng_(rng) {}
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  void add(std::function<void()> body) { parts_.emplace_back().body = std::move(body); }

  // Called by a part: whoever is drawn goes on. Outside of run() it does nothing.
  void pass() {
    if (current_ == nullptr) return;
    Part& self = *current_;
    back_.release();
    self.go.acquire();
  }

  // Returns when all parts are over.
  void run() {
    std::vector<Part*> open;
    for (auto& part : parts_) {
      open.push_back(&part);
      part.thread = std::thread([this, &part] {
        part.go.acquire();
        part.body();
        part.over = true;
        back_.release();
      });
    }
    while (!open.empty()) {
      const auto drawn = rng_.next() % open.size();
      current_ = open[drawn];
      current_->go.release();
      back_.acquire();
      if (current_->over) open.erase(open.begin() + static_cast<std::ptrdiff_t>(drawn));
    }
    current_ = nullptr;
    for (auto& part : parts_) part.thread.join();
    parts_.clear();
  }

 private:
  struct Part {
    std::function<void()> body;
    Baton go;
    bool over = false;
    std::thread thread;
  };

  core::Rng& rng_;
  std::deque<Part> parts_;  // their addresses must stay
  Baton back_;
  Part* current_ = nullptr;
};

}  // namespace rediscovery::updater::testing
