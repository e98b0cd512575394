#include "redis/tls_stream.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace rediscovery::redis {

struct TlsStream::Socket {
  int fd;
  int error = 0;            // of the last call that failed for good
  bool has_ended = false;   // by the server's hand
  bool has_spoken = false;  // the server
  bool speaks_tls = true;   // as far as it has spoken

  static Socket& of(BIO* bio) { return *static_cast<Socket*>(BIO_get_data(bio)); }

  // Every record starts with its kind; the first one can only be of the handshake (22) or an alert (21).
  void look_at(char first) {
    if (!has_spoken) speaks_tls = first == 22 || first == 21;
    has_spoken = true;
  }
  // Whether the call is to be repeated.
  bool failed() {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return true;
    error = errno;
    return false;
  }

  static int read(BIO* bio, char* bytes, int size) {
    Socket& socket = of(bio);
    BIO_clear_retry_flags(bio);
    const ssize_t count = recv(socket.fd, bytes, static_cast<std::size_t>(size), 0);
    if (count > 0) socket.look_at(bytes[0]);
    if (count == 0) socket.has_ended = true;
    if (count < 0 && socket.failed()) BIO_set_retry_read(bio);
    return static_cast<int>(count);
  }
  static int write(BIO* bio, const char* bytes, int size) {
    Socket& socket = of(bio);
    BIO_clear_retry_flags(bio);
    const ssize_t count = send(socket.fd, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (count < 0 && socket.failed()) BIO_set_retry_write(bio);
    return static_cast<int>(count);
  }
  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  // In place of OpenSSL's own, which raises SIGPIPE. For the life of the process.
  static const BIO_METHOD* method() {
    static const BIO_METHOD* const made = [] {
      BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "rediscovery socket");
      if (method == nullptr) return method;
      BIO_meth_set_read(method, read);
      BIO_meth_set_write(method, write);
      BIO_meth_set_ctrl(method, control);
      return method;
    }();
    return made;
  }
};

TlsStream::TlsStream(std::shared_ptr<const TlsContext> context, const core::Endpoint& endpoint, int fd)
    : context_(std::move(context)),
      peer_(expected_peer(context_->settings(), endpoint)),
      socket_(new Socket{fd}),
      session_(context_->new_session(endpoint)),
      wanted_(POLLOUT) {
  BIO* bio = Socket::method() == nullptr ? nullptr : BIO_new(Socket::method());
  if (bio == nullptr || !session_) {
    BIO_free(bio);
    fail({ErrorCode::connection_lost, "out of memory"});
    return;
  }
  BIO_set_data(bio, socket_.get());
  BIO_set_init(bio, 1);
  SSL_set_bio(session_.get(), bio, bio);
}

TlsStream::~TlsStream() {
  if (!is_open_ || failure_) return;
  SSL_shutdown(session_.get());
  ERR_clear_error();
}

bool TlsStream::shake_hands() {
  if (is_open_ || is_over_) return is_open_;
  ERR_clear_error();
  const int result = SSL_connect(session_.get());
  is_open_ = result == 1;
  if (!is_open_) may_go_on(result);
  return is_open_;
}

ssize_t TlsStream::read(char* bytes, std::size_t size) {
  if (is_over_) return -1;
  ERR_clear_error();
  std::size_t count = 0;
  const int result = SSL_read_ex(session_.get(), bytes, size, &count);
  if (result != 1) return may_go_on(result) ? 0 : -1;
  was_read_ = true;
  return static_cast<ssize_t>(count);
}

ssize_t TlsStream::write(const char* bytes, std::size_t size) {
  if (is_over_) return -1;
  std::size_t taken = 0;
  while (taken < size) {
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_write_ex(session_.get(), bytes + taken, size - taken, &count);
    if (result == 1) {
      taken += count;
      continue;
    }
    if (may_go_on(result)) break;
    is_over_ = false;
    // What has left counts as written; the next call fails again, and tells it.
    if (taken > 0) break;
    look_for_refusal();
    return -1;
  }
  return static_cast<ssize_t>(taken);
}

// A server that will not have us says so and closes, which may be noticed by writing first.
void TlsStream::look_for_refusal() {
  const TlsFailure written = *failure_;
  (void)peek();
  if (is_over_ && failure_->code == ErrorCode::authentication) return;
  failure_ = written;
  is_over_ = false;
}

bool TlsStream::has_unread() const { return SSL_pending(session_.get()) > 0; }

int TlsStream::peek() {
  if (is_over_) return -2;
  ERR_clear_error();
  unsigned char byte = 0;
  std::size_t count = 0;
  const int result = SSL_peek_ex(session_.get(), &byte, 1, &count);
  if (result == 1) return byte;
  // A record that has come in part may hold anything.
  return may_go_on(result) && SSL_has_pending(session_.get()) == 0 ? -1 : -2;
}

bool TlsStream::may_go_on(int result) {
  switch (SSL_get_error(session_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      wanted_ = POLLIN;
      return true;
    case SSL_ERROR_WANT_WRITE:
      wanted_ = POLLOUT;
      return true;
    case SSL_ERROR_ZERO_RETURN:
      socket_->has_ended = true;
      [[fallthrough]];
    case SSL_ERROR_SYSCALL:
      fail({ErrorCode::connection_lost, !socket_->has_ended ? std::generic_category().message(socket_->error)
                                        : is_open_          ? "Server closed the connection"
                                                   : "Server closed the connection in the TLS handshake"});
      return false;
    default:
      break;
  }
  const TlsSettings& settings = context_->settings();
  TlsCircumstances circumstances;
  circumstances.expected_peer = peer_;
  circumstances.shows_certificate = !settings.cert_file.empty();
  circumstances.verification = settings.verify ? SSL_get_verify_result(session_.get()) : X509_V_OK;
  circumstances.speaks_tls = socket_->speaks_tls;
  circumstances.in_use = was_read_;
  circumstances.option_prefix = settings.option_prefix;
  fail(explain_tls(ERR_peek_error(), circumstances));
  return false;
}

void TlsStream::fail(TlsFailure failure) {
  failure_ = std::move(failure);
  is_over_ = true;
  ERR_clear_error();
}

}  // namespace rediscovery::redis
