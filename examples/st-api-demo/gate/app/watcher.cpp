#include "watcher.hpp"

#include <algorithm>

namespace st_gate {

Watcher::Watcher(const ConsulSettings& consul, std::string path, Stop& stop)
    : consul_(consul), path_(std::move(path)), stop_(stop), thread_([this] { run(); }) {}

Watcher::~Watcher() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  consul_.cancel();
  thread_.join();
}

void Watcher::pause(Millis span) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, span, [this] { return ended_; });
}

void Watcher::run() {
  constexpr std::chrono::seconds kWait{55};
  constexpr Millis kShortest{100};
  constexpr Millis kLongest{5'000};
  // An index that rises all the time, for what does not concern us, must not become a busy loop; a few in a
  // row are answered at once.
  constexpr int kBurst = 10;
  constexpr Millis kRefill{100};
  int spent = 0;
  auto last = std::chrono::steady_clock::now();
  std::uint64_t index = 0;
  Millis backoff = kShortest;
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (ended_) return;
    }
    const auto now = std::chrono::steady_clock::now();
    spent = std::max(0, spent - static_cast<int>((now - last) / kRefill)) + 1;
    last = now;
    if (spent > kBurst) pause(kRefill);
    try {
      const std::uint64_t answered = consul_.wait_for_change(path_, index, kWait);
      if (answered != index) stop_.wake();
      index = next_index(index, answered);
      backoff = kShortest;
    } catch (const ConsulError&) {
      // Told once, by the pass that cannot read either.
      if (index != 0) stop_.wake();
      index = 0;
      pause(backoff);
      backoff = std::min(2 * backoff, kLongest);
    }
  }
}

}  // namespace st_gate
