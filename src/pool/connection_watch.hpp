// Watches one connection for its end, and asks the node behind it who it is.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include <uv.h>

#include "pool/pooled_connection.hpp"
#include "redis/handshake.hpp"

namespace rediscovery {

// Loop thread only. The socket is watched for the peer's end alone (not for data), so a connection costs the
// loop nothing while a caller's thread uses it, and a cut is seen at once, lent or idle.
class ConnectionWatch {
 public:
  using OnEnd = std::function<void()>;
  using OnReport = std::function<void(Result<core::NodeReport>)>;

  ConnectionWatch(uv_loop_t* loop, std::shared_ptr<PooledConnection> connection);
  ~ConnectionWatch();
  ConnectionWatch(const ConnectionWatch&) = delete;
  ConnectionWatch& operator=(const ConnectionWatch&) = delete;

  // Called once, when the server has closed or reset the connection. It may destroy this watch.
  void on_end(OnEnd handler) { on_end_ = std::move(handler); }

  // Sends ROLE and INFO; requires that nobody else uses the connection. `done` gets the report, or what is
  // wrong with the answer, at most once, and may destroy this watch. If the connection ends first, on_end's
  // handler is called and `done` is not.
  void ask(OnReport done);

  [[nodiscard]] const std::shared_ptr<PooledConnection>& connection() const { return connection_; }

 private:
  struct Question {
    redis::Handshake handshake;
    OnReport done;
  };

  void ready(int status, int events);
  void read();
  void answer(Result<core::NodeReport> report);
  void end();
  void listen(int events);

  std::shared_ptr<PooledConnection> connection_;
  OnEnd on_end_;
  std::unique_ptr<Question> question_;
  uv_poll_t* poll_;  // freed by libuv's close callback; null if the descriptor cannot be watched
};

}  // namespace rediscovery
