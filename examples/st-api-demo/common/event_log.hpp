// Writes the pool's events to a file, without making the pool wait for the disk.
#pragma once

#include <condition_variable>
#include <cstdio>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <rediscovery/event.hpp>

namespace st_api {

class EventLog {
 public:
  // "-" is standard output. Throws std::system_error when the file cannot be opened.
  explicit EventLog(const std::string& file);
  // Writes what is left. The pool must be gone by then.
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  // For Options::on_event: only puts the event into a queue, as the pool's thread has better things to do.
  void add(const rediscovery::Event& event);

 private:
  void write_lines();

  std::FILE* file_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<rediscovery::Event> events_;  // guarded by mutex_
  bool ended_ = false;                     // guarded by mutex_
  std::thread writer_;
};

}  // namespace st_api
