#include "event_log.hpp"

#include <cerrno>
#include <system_error>

namespace st_api {

EventLog::EventLog(const std::string& file) : file_(file == "-" ? stdout : std::fopen(file.c_str(), "ae")) {
  if (file_ == nullptr) throw std::system_error(errno, std::generic_category(), file);
  writer_ = std::thread([this] { write_lines(); });
}

EventLog::~EventLog() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
  writer_.join();
  if (file_ != stdout) std::fclose(file_);
}

void EventLog::add(const rediscovery::Event& event) {
  {
    const std::lock_guard lock(mutex_);
    // A disk that hangs for hours must not take the memory, too.
    constexpr std::size_t kMost = 10'000;
    if (events_.size() >= kMost) return;
    events_.push_back(event);
  }
  changed_.notify_one();
}

void EventLog::write_lines() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ended_ || !events_.empty(); });
    if (events_.empty()) return;
    const rediscovery::Event event = std::move(events_.front());
    events_.pop_front();
    lock.unlock();
    std::fputs((event.to_json() + "\n").c_str(), file_);
    std::fflush(file_);
    lock.lock();
  }
}

}  // namespace st_api
