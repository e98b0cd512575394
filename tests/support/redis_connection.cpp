#include "support/redis_connection.hpp"

#include <hiredis/hiredis.h>
#include <hiredis/hiredis_ssl.h>
#include <signal.h>
#include <sys/time.h>

namespace rediscovery::testing {
namespace {

timeval to_timeval(std::chrono::milliseconds duration) {
  timeval value{};
  value.tv_sec = static_cast<time_t>(duration.count() / 1000);
  value.tv_usec = static_cast<suseconds_t>(duration.count() % 1000 * 1000);
  return value;
}

RedisReply convert(const redisReply& raw) {
  RedisReply reply;
  switch (raw.type) {
    case REDIS_REPLY_ERROR:
      reply.type = RedisReply::Type::error;
      break;
    case REDIS_REPLY_STATUS:
      reply.type = RedisReply::Type::status;
      break;
    case REDIS_REPLY_INTEGER:
    case REDIS_REPLY_BOOL:
      reply.type = RedisReply::Type::integer;
      reply.integer = raw.integer;
      return reply;
    case REDIS_REPLY_NIL:
      return reply;
    case REDIS_REPLY_ARRAY:
    case REDIS_REPLY_MAP:
    case REDIS_REPLY_SET:
    case REDIS_REPLY_PUSH:
      reply.type = RedisReply::Type::array;
      for (std::size_t i = 0; i < raw.elements; ++i) reply.elements.push_back(convert(*raw.element[i]));
      return reply;
    default:
      reply.type = RedisReply::Type::string;
      break;
  }
  if (raw.str != nullptr) reply.text.assign(raw.str, raw.len);
  return reply;
}

// OpenSSL's socket writes with SIGPIPE when a server has been killed. Only while it does: the library under
// test must come without it.
class SigpipeHeldBack {
 public:
  SigpipeHeldBack() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~SigpipeHeldBack() {
    const timespec none{};
    while (sigtimedwait(&pipe_, nullptr, &none) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SigpipeHeldBack(const SigpipeHeldBack&) = delete;
  SigpipeHeldBack& operator=(const SigpipeHeldBack&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
};

struct FreeReply {
  void operator()(redisReply* reply) const { ::freeReplyObject(reply); }
};
using RawReply = std::unique_ptr<redisReply, FreeReply>;

}  // namespace

std::string RedisReply::to_string() const {
  switch (type) {
    case Type::error:
      return "(error) " + text;
    case Type::integer:
      return std::to_string(integer);
    case Type::nil:
      return "(nil)";
    case Type::array: {
      std::string joined = "[";
      for (const auto& element : elements) joined += (joined.size() > 1 ? ", " : "") + element.to_string();
      return joined + "]";
    }
    default:
      return text;
  }
}

std::string RedisReply::field(const std::string& key) const {
  for (std::size_t i = 0; i + 1 < elements.size(); i += 2) {
    if (elements[i].text == key) return elements[i + 1].to_string();
  }
  return {};
}

void RedisConnection::Free::operator()(redisContext* context) const { ::redisFree(context); }
void RedisConnection::Free::operator()(redisSSLContext* context) const { ::redisFreeSSLContext(context); }

RedisConnection::RedisConnection(const std::string& ip, std::uint16_t port,
                                 const RedisCredentials& credentials, std::chrono::milliseconds timeout)
    : endpoint_(ip + ":" + std::to_string(port)) {
  context_.reset(::redisConnectWithTimeout(ip.c_str(), port, to_timeval(timeout)));
  if (!context_) throw RedisError("no memory to connect to " + endpoint_);
  if (context_->err != 0) fail("connecting");
  set_timeout(timeout);
  if (credentials.tls) start_tls(*credentials.tls);
  if (credentials.password.empty()) return;
  std::vector<std::string> auth{"AUTH"};
  if (!credentials.user.empty()) auth.push_back(credentials.user);
  auth.push_back(credentials.password);
  if (const RedisReply reply = command(auth); reply.is_error()) {
    throw RedisError(endpoint_ + ": AUTH refused: " + reply.text);
  }
}

RedisConnection::RedisConnection(RedisConnection&&) noexcept = default;
RedisConnection& RedisConnection::operator=(RedisConnection&&) noexcept = default;
RedisConnection::~RedisConnection() = default;

void RedisConnection::start_tls(const TlsFiles& files) {
  redisSSLOptions options{};
  options.cacert_filename = files.ca.c_str();
  options.cert_filename = files.cert.c_str();
  options.private_key_filename = files.key.c_str();
  options.verify_mode = REDIS_SSL_VERIFY_NONE;
  redisSSLContextError error = REDIS_SSL_CTX_NONE;
  tls_.reset(::redisCreateSSLContextWithOptions(&options, &error));
  if (!tls_) throw RedisError(endpoint_ + ": TLS: " + ::redisSSLContextGetError(error));
  const SigpipeHeldBack held_back;
  if (::redisInitiateSSLWithContext(context_.get(), tls_.get()) != REDIS_OK) fail("TLS");
}

RedisReply RedisConnection::command(const std::vector<std::string>& arguments) {
  std::vector<const char*> texts;
  std::vector<std::size_t> lengths;
  for (const auto& argument : arguments) {
    texts.push_back(argument.data());
    lengths.push_back(argument.size());
  }
  const SigpipeHeldBack held_back;
  const RawReply raw(static_cast<redisReply*>(
      ::redisCommandArgv(context_.get(), static_cast<int>(arguments.size()), texts.data(), lengths.data())));
  if (!raw) fail(arguments.empty() ? "sending nothing" : arguments[0]);
  return convert(*raw);
}

RedisReply RedisConnection::read() {
  void* reply = nullptr;
  if (::redisGetReply(context_.get(), &reply) != REDIS_OK || reply == nullptr) fail("reading");
  const RawReply raw(static_cast<redisReply*>(reply));
  return convert(*raw);
}

void RedisConnection::set_timeout(std::chrono::milliseconds timeout) {
  if (::redisSetTimeout(context_.get(), to_timeval(timeout)) != REDIS_OK) fail("setting the time-out");
}

int RedisConnection::fd() const { return context_->fd; }

void RedisConnection::fail(const std::string& doing) const {
  throw RedisError(endpoint_ + ": " + doing + ": " + context_->errstr);
}

}  // namespace rediscovery::testing
