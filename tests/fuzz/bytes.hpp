// Reads an input as what a target needs: numbers, choices, texts. An input that is at its end reads as zeros,
// so that every input means something.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/time.hpp"

namespace rediscovery::fuzz {

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }

  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  // These two have the names that core::Rng has for them, so that a test's model can be driven by either.
  std::uint64_t next() { return byte(); }
  core::Duration between(core::Duration low, core::Duration high) {
    const core::Duration::rep part = byte() << 8 | byte();
    return low + (high - low) / 0xFFFF * part;
  }
  // Uniform in [0, bound) as far as a byte goes. Requires bound > 0.
  std::size_t below(std::size_t bound) { return byte() % bound; }
  bool chance() { return (byte() & 1U) != 0; }
  // As far as the next `separator`, which is skipped.
  std::string_view until(char separator) {
    const auto end = std::min(rest_.find(separator), rest_.size());
    const auto text = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return text;
  }
  std::string_view rest() {
    const auto text = rest_;
    rest_ = {};
    return text;
  }

 private:
  std::string_view rest_;
};

}  // namespace rediscovery::fuzz
