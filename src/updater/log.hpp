// One line for each thing worth saying, with its time.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <mutex>
#include <string>
#include <string_view>

namespace rediscovery::updater {

enum class Level : std::uint8_t {
  info,
  warning,
  alarm,  // a person must look, and nothing is changed until then
  error,
  audit,  // something was changed in Consul
};

[[nodiscard]] std::string_view to_string(Level level);

// "2026-11-22T12:15:14.123Z"
[[nodiscard]] std::string utc_timestamp();

// Any thread. Callers see to it that no secret gets here.
class Log {
 public:
  explicit Log(std::ostream& out) : out_(out) {}
  // Line breaks and control characters in `text` become spaces: names and texts come from the network.
  void write(Level level, std::string_view text);

 private:
  std::mutex mutex_;
  std::ostream& out_;  // guarded by mutex_
};

}  // namespace rediscovery::updater
