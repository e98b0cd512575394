// One connection to a server that speaks the Redis protocol, driven either by a loop or by a waiting thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <rediscovery/command.hpp>
#include <rediscovery/reply.hpp>
#include <rediscovery/result.hpp>

#include "core/endpoint.hpp"
#include "core/time.hpp"
#include "redis/reply_reader.hpp"

struct redisContext;

namespace rediscovery::redis {

class TlsContext;
class TlsStream;

// Wraps a non-blocking hiredis context. There are no hidden threads, timers or retries: the owner waits for
// the socket itself (step functions, for a loop) or lets a call wait up to a deadline (for a thread).
//
// One thread at a time, except for shut_down(), which any thread may call while the object lives. Numeric
// addresses only: hiredis would resolve names with a blocking getaddrinfo.
class Connection {
 public:
  // Starts a TCP connect and returns without waiting for it. With `tls`, connected() goes on with that. The
  // error's Executed is always `no`.
  [[nodiscard]] static Result<std::unique_ptr<Connection>> start(
      const core::Endpoint& endpoint, std::shared_ptr<const TlsContext> tls = nullptr);
  // start(), then waits until it is connected or `deadline`.
  [[nodiscard]] static Result<std::unique_ptr<Connection>> open(
      const core::Endpoint& endpoint, core::TimePoint deadline,
      std::shared_ptr<const TlsContext> tls = nullptr);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] const core::Endpoint& endpoint() const noexcept { return endpoint_; }
  [[nodiscard]] int fd() const noexcept;

  // ---- steps, for a loop: none of them waits ------------------------------------------------------
  // Whether commands may be sent: TCP is connected and, with TLS, its handshake done. Goes on with these;
  // call when wanted() is there, until true. An Error `authentication` if one side does not accept the other.
  [[nodiscard]] Result<bool> connected();
  // Whether the TCP connect is done; with TLS that is before connected().
  [[nodiscard]] bool has_reached_server() const noexcept;
  // What the next step waits for: POLLIN, POLLOUT or both. Nothing else: a socket is always writable while a
  // TLS handshake waits for the server.
  [[nodiscard]] short wanted() const noexcept;
  // Queues a command; nothing is sent yet. Returns its size in bytes.
  std::size_t append(const Command& command);
  // How many of the queued bytes are still to be sent.
  [[nodiscard]] std::size_t unsent() const noexcept;
  // Sends what the socket takes. True: all of it is with the kernel; false: call again when writable.
  [[nodiscard]] Result<bool> flush();
  // Reads what is there. Call when the socket is readable, then take replies with next_reply(). An Error
  // `authentication` if the server has not accepted our certificate, which TLS 1.3 tells only now.
  [[nodiscard]] std::optional<Error> fill();
  // The next complete reply that was read, or nullopt if more bytes are needed. Error replies of the server
  // come as Reply::Type::error. An Error (protocol) if the bytes are not the Redis protocol.
  [[nodiscard]] Result<std::optional<Reply>> next_reply();
  // Gets the pushes, which RESP3 sends unasked, from next_reply(); without it they are dropped.
  void on_push(std::function<void(Reply)> handler) { on_push_ = std::move(handler); }

  // ---- calls, for a thread that may wait ----------------------------------------------------------
  // Lets calls wait for their answers in the read itself, which saves a system call and, within a host, a
  // twentieth of the time. Makes the descriptor a blocking one: to be called after a loop has been told to
  // watch it. Steps still do not wait, provided that fill() is called only when there is something to read.
  void wait_in_reads() noexcept;
  // Sends one command and waits for its reply. An error reply of the server comes as Reply::Type::error.
  // The Error's executed() is `no` as long as the last byte had not been handed to the kernel. After any
  // Error the connection is out of step and only good for destruction.
  [[nodiscard]] Result<Reply> call(const Command& command, core::TimePoint deadline);
  // Sends what was queued; nullopt: all of it is with the kernel. The Error is as for call().
  [[nodiscard]] std::optional<Error> send(core::TimePoint deadline);
  // Waits for a reply to something sent earlier, or for a published message (SUBSCRIBE, with RESP2).
  [[nodiscard]] Result<Reply> receive(core::TimePoint deadline);

  // False if the server has closed the connection or sent an answer that nobody asked for: not usable for a
  // new command. One system call, no round trip, unless pushes are there to be dropped.
  [[nodiscard]] bool looks_usable();
  // The part of it that costs no system call: whether nothing is left over of what was read.
  [[nodiscard]] bool is_in_step() const noexcept;
  // Ends the connection in both directions and wakes a thread that waits in call() or receive(), which then
  // fails with connection_lost. The descriptor itself lives until destruction. From any thread.
  void shut_down() noexcept;

 private:
  Connection(redisContext* context, core::Endpoint endpoint);

  // What an I/O function of hiredis or of TLS that has just failed has to say.
  [[nodiscard]] Error failure(Executed executed) const;
  // As TlsStream::peek().
  [[nodiscard]] int peek();
  bool read_patiently();

  redisContext* context_;
  core::Endpoint endpoint_;
  std::unique_ptr<TlsStream> tls_;  // null: plain TCP
  bool waits_in_reads_ = false;
  std::function<void(Reply)> on_push_;
  std::string scratch_;  // where a command is encoded
  ReplySlot read_;       // the reply that is being read
};

}  // namespace rediscovery::redis
