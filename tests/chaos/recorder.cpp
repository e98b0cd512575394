#include "chaos/recorder.hpp"

#include <chrono>
#include <stdexcept>

namespace rediscovery::chaos {

Micros now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Recorder::Recorder(const std::string& path) : file_(std::fopen(path.c_str(), "w")) {
  if (!file_) throw std::runtime_error("cannot write " + path);
  flusher_ = std::jthread([this](const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
      wake_.wait_for(lock, stop, std::chrono::milliseconds(100), [] { return false; });
      std::fflush(file_.get());
    }
  });
}

void Recorder::put(const std::string& line) { std::fwrite(line.data(), 1, line.size(), file_.get()); }

void Recorder::add(const Write& write) {
  const std::lock_guard lock(mutex_);
  put(line_of(write));
}

void Recorder::add(Write write, std::string_view info) {
  const Position position = parse_position(info);
  const std::string history = line_of(position.history);
  const std::lock_guard lock(mutex_);
  const auto [found, is_new] = histories_.try_emplace(history, static_cast<std::uint32_t>(histories_.size()));
  if (is_new) put(history);
  write.mark = {found->second, position.offset};
  put(line_of(write));
}

void Recorder::add(const Heard& event) {
  const std::lock_guard lock(mutex_);
  put(line_of(event));
}

}  // namespace rediscovery::chaos
