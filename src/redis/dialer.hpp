// Opens connections without waiting for them: TCP connect, TLS and handshake on an event loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

#include <uv.h>

#include "core/connection_fsm.hpp"
#include "redis/access.hpp"
#include "redis/connection.hpp"

namespace rediscovery::redis {

struct Dialled {
  std::unique_ptr<Connection> connection;  // connected, the handshake done, nothing unread
  core::NodeReport report;
};

// Loop thread only. Nothing is timed: a dial that is not cancelled goes on for as long as the kernel tries.
//
// A password from a file may be exchanged while we run. When a server rejects the one that was used, the file
// is read again, on this thread: if it holds another by now, the same dial starts anew with that one, and so
// do all later dials.
class Dialer {
 public:
  struct Handlers {
    std::function<void()> connected;            // the TCP connect is done, and who is there is being asked
    std::function<void(Result<Dialled>)> done;  // how it ended: the last that is heard of a dial
  };

  Dialer(uv_loop_t* loop, Access access);
  ~Dialer();
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;

  // Connects and shakes hands. The handlers are never called from inside dial(), and not at all after an
  // error. Requires that `id` is not being dialled.
  [[nodiscard]] std::optional<Error> dial(core::ConnectionId id, const core::Endpoint& endpoint,
                                          Handlers handlers);
  // Neither handler is called any more. False if there is no such dial.
  bool cancel(core::ConnectionId id);

 private:
  class Dial;

  // Whether the file has another password than `used`; else `problem` may say why not.
  bool renew_password(const std::string& used, std::string& problem);

  uv_loop_t* loop_;
  Access access_;
  std::unordered_map<core::ConnectionId, std::unique_ptr<Dial>> dials_;
};

}  // namespace rediscovery::redis
