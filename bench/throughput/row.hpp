// What is measured: one row of the table, in a group of rows that are compared with its first.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace rediscovery::bench {

struct Server {
  std::string ip;
  std::uint16_t port;
};

struct Row {
  std::string group;
  std::string name;
  int threads;
  // Called once in each thread for each measurement; sets items_processed to the commands that were answered.
  std::function<void(benchmark::State&)> run;
};

inline const std::string kManyInFlight = "SET, 500 in flight on one connection";
inline const std::string kSomeInFlight = "SET, 16 in flight on one connection";
inline const std::string kOneThread = "SET, one thread, one at a time";
inline const std::string kSixteenThreads = "SET, 16 threads, a connection each, one at a time";

std::vector<Row> async_rows(const Server& server);
std::vector<Row> boost_rows(const Server& server);
std::vector<Row> hiredis_rows(const Server& server);
std::vector<Row> pool_rows(const Server& server);

// The same for everybody: a thousand keys, so that none is special, and a small value.
class Words {
 public:
  Words() {
    for (int i = 0; i < 1000; ++i) keys_.push_back("bench:" + std::to_string(1000 + i));
  }
  [[nodiscard]] const std::string& next_key() { return keys_[next_++ % keys_.size()]; }
  [[nodiscard]] const std::string& value() const { return value_; }

 private:
  std::vector<std::string> keys_;
  std::string value_ = std::string(32, 'v');
  std::size_t next_ = 0;
};

// A benchmark in which anything fails has measured nothing.
inline void require(bool good, const std::string& what) {
  if (!good) throw std::runtime_error(what);
}

}  // namespace rediscovery::bench
