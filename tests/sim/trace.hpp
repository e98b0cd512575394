// What happened in a run: as a hash always, as text when somebody wants to read it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace rediscovery::sim {

class Trace {
 public:
  using Sink = std::function<void(const std::string& line)>;

  // Keeps the last lines, and passes each to `sink` if there is one. Without this, only the hash is kept:
  // text costs more than the simulation itself.
  void keep_text(Sink sink = nullptr) {
    keeps_text_ = true;
    sink_ = std::move(sink);
  }

  // `what` and `number` are hashed; `describe`, which returns the line, is called only if text is kept.
  template <typename Describe>
  void add(core::TimePoint now, std::string_view what, std::uint64_t number, Describe describe) {
    mix(static_cast<std::uint64_t>(now.time_since_epoch().count()));
    for (const char c : what) mix(static_cast<unsigned char>(c));
    mix(number);
    if (keeps_text_) add_line(now, what, describe());
  }

  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] const std::deque<std::string>& lines() const { return lines_; }

 private:
  void mix(std::uint64_t value) {
    hash_ = (hash_ ^ value) * 0x100000001B3ULL;  // FNV-1a's prime
    hash_ ^= hash_ >> 29;
  }
  void add_line(core::TimePoint now, std::string_view what, const std::string& text);

  bool keeps_text_ = false;
  Sink sink_;
  std::uint64_t hash_ = 0xCBF29CE484222325ULL;
  std::deque<std::string> lines_;
};

}  // namespace rediscovery::sim
