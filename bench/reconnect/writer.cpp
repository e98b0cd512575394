#include "writer.hpp"

#include <sys/prctl.h>

#include <atomic>
#include <utility>

namespace rediscovery::bench {
namespace {

// Little beside what is measured, and enough for other processes to get a turn.
constexpr auto kPause = std::chrono::microseconds(100);

}  // namespace

Writer::Writer(Subject& subject) : subject_(subject) {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Writer::~Writer() = default;

void Writer::run(const std::stop_token& stop) {
  // Of the process: no key is ever used again.
  static std::atomic<std::uint64_t> number{0};
  ::prctl(PR_SET_TIMERSLACK, 1UL);  // else a pause takes 50 µs more
  while (!stop.stop_requested()) {
    std::string key = "write:" + std::to_string(++number);
    if (subject_.write(key)) {
      const auto now = Clock::now();
      const auto followed = subject_.masters_followed();
      const std::lock_guard lock(mutex_);
      acknowledged_.push_back({std::move(key), now, followed});
      last_followed_ = followed;
    }
    std::this_thread::sleep_for(kPause);
  }
}

bool Writer::is_beyond(std::uint64_t masters_followed) const {
  const std::lock_guard lock(mutex_);
  return last_followed_ && *last_followed_ > masters_followed;
}

std::vector<Acknowledged> Writer::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(acknowledged_, {});
}

}  // namespace rediscovery::bench
