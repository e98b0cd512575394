// Purchases and playback sessions in Redis.
#pragma once

#include <chrono>
#include <string>

#include <rediscovery/pool.hpp>

namespace st_api {

// The time that one request has for everything it asks of Redis.
class Deadline {
 public:
  explicit Deadline(std::chrono::milliseconds span) : at_(std::chrono::steady_clock::now() + span) {}
  // At least 1 ms: with less, the pool would refuse the call as a mistake of its caller.
  [[nodiscard]] std::chrono::milliseconds left() const;

 private:
  std::chrono::steady_clock::time_point at_;
};

struct Session {
  std::string id;
  std::string user;
  std::string content;
  std::string device;
  std::string quality;
};

// 128 random bits as hexadecimal digits. Throws std::runtime_error when there is no randomness.
std::string new_session_id();

// Any thread.
class SessionStore {
 public:
  // `pool` must outlive this.
  SessionStore(rediscovery::Pool& pool, std::chrono::seconds session_lifetime)
      : pool_(pool), lifetime_(session_lifetime) {}

  rediscovery::Result<bool> has_purchased(const std::string& user, const std::string& content,
                                          const Deadline& deadline);
  // Writing it twice is as good as once, so it is written again where the first attempt is in doubt.
  rediscovery::Result<rediscovery::Reply> write(const Session& session, const Deadline& deadline);
  // Writes something that nobody reads.
  rediscovery::Result<rediscovery::Reply> probe(const Deadline& deadline);

 private:
  rediscovery::Pool& pool_;
  std::chrono::seconds lifetime_;
};

}  // namespace st_api
