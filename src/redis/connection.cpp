#include "redis/connection.hpp"

#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <hiredis/sds.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <limits>
#include <utility>

#include "redis/reply_reader.hpp"
#include "redis/tls_stream.hpp"

namespace rediscovery::redis {
namespace {

Error lost(const core::Endpoint& endpoint, Executed executed, const std::string& why) {
  return {ErrorCode::connection_lost, executed, endpoint.to_string() + ": " + why};
}

// strerror() shares a buffer between threads; this does not.
std::string describe_errno(int number) {
  char buffer[128] = {};
  return strerror_r(number, buffer, sizeof buffer);
}

// How long a read waits by itself before poll() is asked to, where that is allowed; see wait_in_reads(). More
// than most answers take, and no longer than a loop could be held up without harm.
constexpr std::chrono::milliseconds kPatience{10};

enum class Ready { yes, timed_out, failed };

Ready wait_for(int fd, short events, core::TimePoint deadline) {
  while (true) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= core::Duration::zero()) return Ready::timed_out;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec time{seconds.count(), static_cast<long>(std::chrono::nanoseconds(left - seconds).count())};
    pollfd poll{fd, events, 0};
    const int count = ppoll(&poll, 1, &time, nullptr);
    if (count > 0) return Ready::yes;  // also on POLLERR and POLLHUP: the next read or write says what it is
    if (count == 0) return Ready::timed_out;
    if (errno != EINTR) return Ready::failed;
  }
}

// Unacknowledged data must not keep a dead peer "connected" for the kernel's default quarter of an hour, and
// an idle connection through a firewall or to a vanished host must be noticed as well.
void set_socket_options(int fd) {
  const int on = 1;
  const unsigned int unacknowledged_ms = 5'000;
  const int keepalive_idle_s = 5;
  const int keepalive_interval_s = 2;
  const int keepalive_count = 3;
  // What the application starts must not hold the connection open.
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms, sizeof unacknowledged_ms);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &keepalive_idle_s, sizeof keepalive_idle_s);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &keepalive_interval_s, sizeof keepalive_interval_s);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &keepalive_count, sizeof keepalive_count);
}

std::string describe(const redisContext& context) {
  // hiredis sets errno for its I/O errors only, and then its own text is strerror's.
  return context.errstr[0] != '\0' ? context.errstr : "unknown error";
}

// In place of hiredis' own, which raises SIGPIPE on a connection that was shut down: that would end an
// application that does not expect it.
ssize_t write_without_signal(redisContext* context) {
  const ssize_t count = send(context->fd, context->obuf, sdslen(context->obuf), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count >= 0) return count;
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return 0;
  context->err = REDIS_ERR_IO;
  describe_errno(errno).copy(context->errstr, sizeof context->errstr - 1);
  return -1;
}

const redisContextFuncs* functions_without_signal(const redisContext& context) {
  static const redisContextFuncs functions = [&] {
    redisContextFuncs copy = *context.funcs;
    copy.write = write_without_signal;
    return copy;
  }();
  return &functions;
}

// Through the TlsStream, which `privdata` points to and which keeps the failure.
const redisContextFuncs* functions_over_tls(const redisContext& context) {
  static const redisContextFuncs functions = [&] {
    redisContextFuncs copy = *context.funcs;
    copy.read = [](redisContext* used, char* bytes, size_t size) {
      const ssize_t count = static_cast<TlsStream*>(used->privdata)->read(bytes, size);
      if (count < 0) used->err = REDIS_ERR_IO;
      return count;
    };
    copy.write = [](redisContext* used) {
      const ssize_t count = static_cast<TlsStream*>(used->privdata)->write(used->obuf, sdslen(used->obuf));
      if (count < 0) used->err = REDIS_ERR_IO;
      return count;
    };
    return copy;
  }();
  return &functions;
}

}  // namespace

Connection::Connection(redisContext* context, core::Endpoint endpoint)
    : context_(context), endpoint_(std::move(endpoint)) {}

Connection::~Connection() {
  tls_.reset();  // as long as there is a socket to say goodbye on
  redisFree(context_);
}

Result<std::unique_ptr<Connection>> Connection::start(const core::Endpoint& endpoint,
                                                      std::shared_ptr<const TlsContext> tls) {
  redisOptions options{};
  // Without REDIS_OPT_PREFER_IP_UNSPEC hiredis would look an IPv6 address up as IPv4 first.
  options.options = REDIS_OPT_NONBLOCK | REDIS_OPT_PREFER_IP_UNSPEC | REDIS_OPT_NO_PUSH_AUTOFREE;
  REDIS_OPTIONS_SET_TCP(&options, endpoint.address.c_str(), endpoint.port);
  redisContext* context = redisConnectWithOptions(&options);
  if (context == nullptr) return lost(endpoint, Executed::no, "out of memory");
  std::unique_ptr<Connection> connection(new Connection(context, endpoint));
  if (context->err != 0) return lost(endpoint, Executed::no, describe(*context));
  // Set although the connection is only being made, which hiredis' own asynchronous clients take back as
  // well.
  context->flags &= ~REDIS_CONNECTED;
  set_socket_options(context->fd);
  context->reader->fn = reply_object_functions();
  context->reader->privdata = &connection->read_;
  if (tls == nullptr) {
    context->funcs = functions_without_signal(*context);
  } else {
    connection->tls_ = std::make_unique<TlsStream>(std::move(tls), endpoint, context->fd);
    context->privdata = connection->tls_.get();
    context->funcs = functions_over_tls(*context);
  }
  return connection;
}

Result<std::unique_ptr<Connection>> Connection::open(const core::Endpoint& endpoint, core::TimePoint deadline,
                                                     std::shared_ptr<const TlsContext> tls) {
  auto connection = start(endpoint, std::move(tls));
  if (!connection) return connection;
  while (true) {
    const auto done = (*connection)->connected();
    if (!done) return done.error();
    if (*done) return connection;
    if (wait_for((*connection)->fd(), (*connection)->wanted(), deadline) != Ready::yes) {
      const std::string what = (*connection)->has_reached_server() ? "TLS handshake" : "TCP connection";
      return Error(ErrorCode::timeout, Executed::no, endpoint.to_string() + ": no " + what + " in time");
    }
  }
}

int Connection::fd() const noexcept { return context_->fd; }

Result<bool> Connection::connected() {
  if (!has_reached_server()) {
    pollfd poll{context_->fd, POLLOUT, 0};
    if (::poll(&poll, 1, 0) == 0) return false;
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(context_->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    if (error != 0) return lost(endpoint_, Executed::no, describe_errno(error));
    context_->flags |= REDIS_CONNECTED;
  }
  if (!tls_ || tls_->shake_hands()) return true;
  if (tls_->failure()) return failure(Executed::no);
  return false;
}

bool Connection::has_reached_server() const noexcept { return (context_->flags & REDIS_CONNECTED) != 0; }

short Connection::wanted() const noexcept {
  if (!has_reached_server()) return POLLOUT;
  if (tls_ && !tls_->is_open()) return tls_->wanted();
  return static_cast<short>(unsent() == 0 ? POLLIN : POLLIN | POLLOUT);
}

Error Connection::failure(Executed executed) const {
  if (!tls_ || !tls_->failure()) return lost(endpoint_, executed, describe(*context_));
  return {tls_->failure()->code, executed, endpoint_.to_string() + ": " + tls_->failure()->text};
}

// Encoded here, because hiredis would take several allocations for it: an array of bulk
// strings (https://redis.io/docs/latest/develop/reference/protocol-spec/).
std::size_t Connection::append(const Command& command) {
  constexpr std::size_t kMostKept = 64U * 1024;
  constexpr std::size_t kMostDigits = 20;
  constexpr std::size_t kMark = 1 + kMostDigits + 2;  // "$5\r\n"
  std::size_t most = kMark;
  for (const auto& word : command.words()) most += kMark + word.size() + 2;
  if (scratch_.size() < most) scratch_.resize(most);
  char* const begin = scratch_.data();
  char* at = begin;
  const auto end_line = [&at] {
    *at++ = '\r';
    *at++ = '\n';
  };
  const auto mark = [&](char type, std::size_t value) {
    *at++ = type;
    at = std::to_chars(at, at + kMostDigits, value).ptr;
    end_line();
  };
  mark('*', command.words().size());
  for (const auto& word : command.words()) {
    mark('$', word.size());
    at = std::copy(word.begin(), word.end(), at);
    end_line();
  }
  const auto size = static_cast<std::size_t>(at - begin);
  redisAppendFormattedCommand(context_, begin, size);
  // What one large value took is not kept for all the small ones to come.
  if (scratch_.size() > kMostKept) scratch_ = {};
  return size;
}

std::size_t Connection::unsent() const noexcept { return sdslen(context_->obuf); }

Result<bool> Connection::flush() {
  int done = 0;
  if (redisBufferWrite(context_, &done) != REDIS_OK) {
    // Not one of the bytes still in the buffer has left, so a command among them cannot be complete.
    Error error = failure(Executed::no);
    // What the server has said before can still be read; hiredis would refuse to.
    context_->err = 0;
    context_->errstr[0] = '\0';
    return error;
  }
  return done != 0;
}

std::optional<Error> Connection::fill() {
  do {
    if (redisBufferRead(context_) == REDIS_OK) continue;
    if (context_->err == REDIS_ERR_PROTOCOL) {
      return Error(ErrorCode::protocol, Executed::maybe, endpoint_.to_string() + ": " + describe(*context_));
    }
    return failure(Executed::maybe);
  } while (tls_ && tls_->has_unread());
  return std::nullopt;
}

Result<std::optional<Reply>> Connection::next_reply() {
  while (true) {
    void* object = nullptr;
    if (redisGetReplyFromReader(context_, &object) != REDIS_OK) {
      return Error(ErrorCode::protocol, Executed::maybe, endpoint_.to_string() + ": " + describe(*context_));
    }
    if (object == nullptr) return std::optional<Reply>();
    if (!read_.is_push) return std::optional<Reply>(std::move(read_.reply));
    if (on_push_) on_push_(std::move(read_.reply));
  }
}

Result<Reply> Connection::call(const Command& command, core::TimePoint deadline) {
  append(command);
  if (auto error = send(deadline)) return *error;
  return receive(deadline);
}

std::optional<Error> Connection::send(core::TimePoint deadline) {
  while (true) {
    const auto sent = flush();
    if (!sent) return sent.error();
    if (*sent) return std::nullopt;
    switch (wait_for(context_->fd, POLLOUT, deadline)) {
      case Ready::yes:
        break;
      case Ready::failed:
        return lost(endpoint_, Executed::no, describe_errno(errno));
      case Ready::timed_out:
        return Error(ErrorCode::timeout, Executed::no, endpoint_.to_string() + ": does not take the command");
    }
  }
}

Result<Reply> Connection::receive(core::TimePoint deadline) {
  while (true) {
    auto reply = next_reply();
    if (!reply) return reply.error();
    if (reply->has_value()) return std::move(**reply);
    if (waits_in_reads_ && deadline - std::chrono::steady_clock::now() > kPatience && read_patiently())
      continue;
    switch (wait_for(context_->fd, POLLIN, deadline)) {
      case Ready::yes:
        break;
      case Ready::failed:
        return lost(endpoint_, Executed::maybe, describe_errno(errno));
      case Ready::timed_out:
        return Error(ErrorCode::timeout, Executed::maybe, endpoint_.to_string() + ": no answer in time");
    }
    if (auto error = fill()) return *error;
  }
}

void Connection::wait_in_reads() noexcept {
  if (tls_) return;  // a record may say nothing, and a read of the stream would go on waiting for the next
  const timeval time{0, std::chrono::microseconds(kPatience).count()};
  const int flags = fcntl(context_->fd, F_GETFL);
  waits_in_reads_ = setsockopt(context_->fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) == 0 &&
                    flags >= 0 && fcntl(context_->fd, F_SETFL, flags & ~O_NONBLOCK) == 0;
}

// False if there was nothing to read in time, or the connection has ended: whoever polls and reads next
// learns which.
bool Connection::read_patiently() {
  std::array<char, std::size_t{16} * 1024> bytes;
  const auto count = recv(context_->fd, bytes.data(), bytes.size(), 0);
  if (count <= 0) return false;
  redisReaderFeed(context_->reader, bytes.data(), static_cast<std::size_t>(count));
  return true;
}

bool Connection::looks_usable() {
  constexpr int kMostReads = 16;  // a server that never stops pushing must not keep the caller
  for (int reads = 0; reads < kMostReads; ++reads) {
    // Bytes beyond the last answer would be taken for the answer to the next command; but not a push.
    if (!is_in_step()) return false;
    const int next = peek();
    if (next == -1) return true;
    if (next != '>' || fill()) return false;
    const auto answer = next_reply();
    if (!answer || answer->has_value()) return false;
  }
  return false;
}

bool Connection::is_in_step() const noexcept { return context_->reader->pos >= context_->reader->len; }

int Connection::peek() {
  if (tls_) return tls_->peek();
  unsigned char byte = 0;
  const auto count = recv(context_->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (count == 1) return byte;
  return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? -1 : -2;
}

void Connection::shut_down() noexcept { ::shutdown(context_->fd, SHUT_RDWR); }

}  // namespace rediscovery::redis
