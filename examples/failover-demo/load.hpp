// The viewers: HTTP requests at a steady rate, whatever becomes of those before.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "moment.hpp"
#include "support/file_descriptor.hpp"

namespace rediscovery::demo {

// What became of one request.
struct Answer {
  Clock::time_point sent;
  Clock::time_point received;  // or given up
  int status = 0;              // of HTTP; 0: no answer
  std::string session;         // of a 200
  bool in_doubt = false;       // it may have written, but nobody has said so

  [[nodiscard]] bool ok() const { return status == 200 && !session.empty(); }
};

// Reads a complete HTTP answer of st-api; no answer if it is something else. Sets all but the times.
Answer parse_answer(const std::string& text);

// Each request has a connection of its own, as if it came from another viewer. One thread serves them all, so
// that those that wait never hold up the next.
class Load {
 public:
  struct Settings {
    std::string ip;
    std::uint16_t port = 0;
    std::vector<std::string> targets;  // paths with query, requested in turn
    int rate = 1;
    std::chrono::milliseconds give_up{5000};   // longer than st-api takes for its worst answer
    std::optional<Clock::time_point> start{};  // when the first is due; none: at once
    // On the thread of the load. Who listens keeps what is needed: it may go on for days.
    std::function<void(Clock::time_point due)> on_sent{};
    std::function<void(const Answer&)> on_answer{};
  };
  struct Count {
    std::size_t sent = 0;
    std::size_t ok = 0;
    std::size_t failed = 0;
    [[nodiscard]] std::size_t waiting() const { return sent - ok - failed; }
  };

  // Begins at once.
  explicit Load(Settings settings);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  [[nodiscard]] Count count() const;
  // When the first acknowledgement after `since` was received.
  [[nodiscard]] std::optional<Clock::time_point> first_ok_after(Clock::time_point since) const;
  // Sends no more; what waits is waited for.
  void stop_sending() { sending_ = false; }
  [[nodiscard]] bool finished() const { return finished_; }
  // After finished(): one for each request; none if there was somebody to listen.
  [[nodiscard]] std::vector<Answer> answers() const;

 private:
  struct Exchange {
    testing::FileDescriptor socket;
    Clock::time_point sent;
    std::string request;
    std::size_t written = 0;
    std::string answer;
  };

  void run(const std::stop_token& stop);
  void send_next(Clock::time_point now);
  void serve(int fd);
  void give_up_before(Clock::time_point now);
  void finish(int fd);
  void record(Answer answer);
  [[nodiscard]] Clock::time_point due(std::size_t number) const;
  [[nodiscard]] int wait_time() const;

  const Settings settings_;
  testing::FileDescriptor epoll_;
  Clock::time_point started_;
  std::map<int, Exchange> exchanges_;
  std::deque<std::pair<Clock::time_point, int>> oldest_;  // sent, descriptor; some are over already

  std::atomic<bool> sending_ = true;
  std::atomic<bool> finished_ = false;
  mutable std::mutex mutex_;
  Count count_;                  // guarded by mutex_
  std::vector<Answer> answers_;  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace rediscovery::demo
