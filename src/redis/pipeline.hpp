// One connection with many commands under way, on an event loop.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include <uv.h>

#include "redis/connection.hpp"

namespace rediscovery::redis {

// Loop thread only. Nothing is timed and nothing is remembered: whose answer an answer is, its owner knows by
// their order.
class Pipeline {
 public:
  struct Handlers {
    // Something has come, be it a part of an answer; before the other two.
    std::function<void()> bytes;
    // Everything the server says, in its order: answers, and what RESP3 sends unasked. May write, but must
    // not destroy the pipeline.
    std::function<void(Reply)> reply;
    std::function<void(Reply)> push;
    // The server has ended the connection, or what came from it is not the protocol. The last that is heard
    // of it; may destroy the pipeline.
    std::function<void(const Error&)> ended;
  };

  // `connection` is open and idle. The handlers are never called from inside a call.
  Pipeline(uv_loop_t* loop, std::unique_ptr<Connection> connection, Handlers handlers);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Puts a command behind what was written before; it leaves with the next flush(). Returns its bytes.
  std::size_t write(const Command& command) { return connection_->append(command); }
  // Once per turn of the loop: what has been written since leaves in one piece. What the kernel does not take
  // follows when it can; what is wrong is told by `ended`.
  void flush();
  // Nothing leaves any more. Returns how many of the bytes written the kernel has not taken.
  std::size_t stop_sending();

 private:
  void listen(int events);
  void ready(int status, int events);
  void end(const Error& error);

  std::unique_ptr<Connection> connection_;
  Handlers handlers_;
  int listening_ = 0;
  bool is_sending_ = true;
  uv_poll_t* poll_;  // freed by libuv's close callback
};

}  // namespace rediscovery::redis
