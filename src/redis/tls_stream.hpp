// TLS on one connected socket.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "redis/tls_context.hpp"
#include "redis/tls_error.hpp"

struct ssl_st;

namespace rediscovery::redis {

// Nothing here waits, and nothing raises SIGPIPE. One thread at a time. The socket is the owner's, is
// non-blocking, and must outlive the stream. After a failure every further call fails; but what came before a
// write() that failed can still be read.
class TlsStream {
 public:
  TlsStream(std::shared_ptr<const TlsContext> context, const core::Endpoint& endpoint, int fd);
  // Tells the server that the end is meant, if it still listens.
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  // Goes on with the handshake. False: it is not complete; call again when wanted() is there, or it failed.
  [[nodiscard]] bool shake_hands();
  [[nodiscard]] bool is_open() const { return is_open_; }
  // POLLIN or POLLOUT: what the handshake waits for.
  [[nodiscard]] short wanted() const { return wanted_; }

  // How many bytes were read or taken; 0: none now; -1: failed. write() takes all that the socket does.
  [[nodiscard]] ssize_t read(char* bytes, std::size_t size);
  [[nodiscard]] ssize_t write(const char* bytes, std::size_t size);
  // Whether the last read() has left bytes that the socket will not announce again.
  [[nodiscard]] bool has_unread() const;
  // The next byte to be read, without taking it; -1: there is none, and the server has not ended it; -2: it
  // has, or nobody can say. What TLS itself says (session tickets, new keys) is none of the reader's and is
  // taken in.
  [[nodiscard]] int peek();

  // Of the last call that failed.
  [[nodiscard]] const std::optional<TlsFailure>& failure() const { return failure_; }

 private:
  struct Socket;

  // Whether the call that ended with `result` may be repeated; else failure() tells why not.
  bool may_go_on(int result);
  void fail(TlsFailure failure);
  void look_for_refusal();

  std::shared_ptr<const TlsContext> context_;
  const std::string peer_;
  std::unique_ptr<Socket> socket_;  // where OpenSSL's callbacks find it
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> session_;
  std::optional<TlsFailure> failure_;
  bool is_over_ = false;
  short wanted_;
  bool is_open_ = false;
  bool was_read_ = false;
};

}  // namespace rediscovery::redis
