// Writes a journal to its file as it happens. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "chaos/journal.hpp"

namespace rediscovery::chaos {

[[nodiscard]] Micros now();

class Recorder {
 public:
  // Throws std::runtime_error if the file cannot be written.
  explicit Recorder(const std::string& path);

  void add(const Write& write);
  // `info` is the text of INFO replication that came with it.
  void add(Write write, std::string_view info);
  void add(const Heard& event);

 private:
  void put(const std::string& line);

  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::mutex mutex_;
  std::unique_ptr<std::FILE, Close> file_;
  // Of a history there may be two lines: before and after its node was a replica for a while.
  std::map<std::string, std::uint32_t> histories_;
  std::condition_variable_any wake_;
  std::jthread flusher_;  // last: it uses the others
};

}  // namespace rediscovery::chaos
