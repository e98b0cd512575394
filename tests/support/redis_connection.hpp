#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/certificates.hpp"

struct redisContext;
struct redisSSLContext;

namespace rediscovery::testing {

/// A connection could not be made, was lost, or stayed silent. Error replies are values, not exceptions.
class RedisError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A reply as the server sent it.
struct RedisReply {
  enum class Type { string, status, error, integer, nil, array };
  Type type = Type::nil;
  std::string text;                  // string, status, error
  std::int64_t integer = 0;          // integer
  std::vector<RedisReply> elements;  // array; a map's or a set's too

  [[nodiscard]] bool is_error() const { return type == Type::error; }
  [[nodiscard]] bool is_nil() const { return type == Type::nil; }
  /// For messages: `OK`, `(error) READONLY …`, `[a, 1]`.
  [[nodiscard]] std::string to_string() const;
  /// The value that follows `key` in a flat array of pairs (as Sentinel answers); empty when it is not there.
  [[nodiscard]] std::string field(const std::string& key) const;
};

struct RedisCredentials {
  std::string user;               // empty: AUTH with the password only
  std::string password;           // empty: no AUTH
  std::optional<TlsFiles> tls{};  // any server is trusted; the certificate is shown to one that asks
};

/// A blocking connection with a time-out on each step, made by hiredis. One thread at a time.
class RedisConnection {
 public:
  RedisConnection(const std::string& ip, std::uint16_t port, const RedisCredentials& credentials = {},
                  std::chrono::milliseconds timeout = std::chrono::seconds(2));
  RedisConnection(RedisConnection&&) noexcept;
  RedisConnection& operator=(RedisConnection&&) noexcept;
  ~RedisConnection();

  RedisReply command(const std::vector<std::string>& arguments);
  /// The next reply that nobody asked for: published messages.
  RedisReply read();
  void set_timeout(std::chrono::milliseconds timeout);
  [[nodiscard]] int fd() const;

 private:
  struct Free {
    void operator()(redisContext* context) const;
    void operator()(redisSSLContext* context) const;
  };
  void start_tls(const TlsFiles& files);
  [[noreturn]] void fail(const std::string& doing) const;

  std::string endpoint_;
  std::unique_ptr<redisSSLContext, Free> tls_;
  std::unique_ptr<redisContext, Free> context_;
};

}  // namespace rediscovery::testing
