// Opens connections without waiting for them: TCP connect and handshake on an event loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include <uv.h>

#include "core/node_report.hpp"
#include "core/time.hpp"
#include "redis/connection.hpp"
#include "redis/handshake.hpp"

namespace rediscovery::redis {

struct Dialled {
  std::unique_ptr<Connection> connection;  // connected, the handshake done, nothing unread
  core::NodeReport report;
};

// Loop thread only. Every dial ends with its callback, exactly once, except those cut short by destruction,
// whose callbacks are never called.
class Dialer {
 public:
  using Callback = std::function<void(Result<Dialled>)>;

  Dialer(uv_loop_t* loop, Identity identity);
  ~Dialer();
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;

  // Connects and shakes hands within `timeout`. The callback is never called before dial() returns.
  void dial(const core::Endpoint& endpoint, std::chrono::milliseconds timeout, Callback done);

 private:
  class Dial;
  void finish(Dial* dial);

  uv_loop_t* loop_;
  Identity identity_;
  std::unordered_map<Dial*, std::unique_ptr<Dial>> dials_;
};

}  // namespace rediscovery::redis
