// Watches one connection for its end, and asks it for its role.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include <uv.h>

#include "pool/pooled_connection.hpp"

namespace rediscovery {

// Loop thread only. The socket is watched for the peer's end alone (not for data), so a connection costs the
// loop nothing while a caller's thread uses it, and a cut is seen at once, lent or idle.
class ConnectionWatch {
 public:
  using OnEnd = std::function<void()>;
  using OnRole = std::function<void(Result<Reply>)>;

  // `on_end` is called once, when the server has closed or reset the connection.
  ConnectionWatch(uv_loop_t* loop, std::shared_ptr<PooledConnection> connection, OnEnd on_end);
  ~ConnectionWatch();
  ConnectionWatch(const ConnectionWatch&) = delete;
  ConnectionWatch& operator=(const ConnectionWatch&) = delete;

  // Sends ROLE; requires that nobody else uses the connection. `done` gets the reply, or what prevented it,
  // once. If the connection ends meanwhile, `on_end` is called after `done`.
  void ask_role(OnRole done);
  // Ends a question that has been open for too long; its callback gets a timeout.
  void give_up_asking();

  [[nodiscard]] const std::shared_ptr<PooledConnection>& connection() const { return connection_; }
  [[nodiscard]] bool is_asking() const { return on_role_ != nullptr; }

 private:
  void ready(int status, int events);
  void read_role();
  void answer(Result<Reply> role);
  void listen(int events);

  std::shared_ptr<PooledConnection> connection_;
  OnEnd on_end_;
  OnRole on_role_;
  uv_poll_t* poll_;  // freed by libuv's close callback; null if the descriptor cannot be watched
};

}  // namespace rediscovery
