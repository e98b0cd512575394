// Pub/Sub that survives a switch of the master.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <rediscovery/export.hpp>

namespace rediscovery {

// What a subscriber is told.
struct SubscriptionEvent {
  enum class Kind : std::uint8_t {
    // All channels and patterns are subscribed at the master of `generation`: at the start, and again after
    // each interruption.
    subscribed,
    message,
    // The connection is gone. Messages published from now on until `subscribed` are lost: Redis keeps none.
    interrupted,
    // The server does not let this user subscribe to `channel` or `pattern` (Redis' ACL); `payload` is what
    // it says. The others are heard, without `subscribed`. It is tried again with the next connection.
    refused,
  };

  Kind kind = Kind::message;
  std::uint64_t generation = 0;
  std::string channel;  // message, refused
  std::string pattern;  // message: the one that matched, or empty; refused
  std::string payload;  // message: any bytes; refused: one line
};

// Called where AsyncClient's callbacks are, one event at a time and in order. It must return quickly and must
// not throw.
using SubscriptionHandler = std::function<void(const SubscriptionEvent&)>;

// Lasts until it is destroyed, or the client is closed. Movable. May outlive its client. Like AsyncClient's
// functions, to be used on the loop's thread where the loop is the caller's, else on any.
class REDISCOVERY_EXPORT Subscription {
 public:
  Subscription() = default;  // to none
  explicit Subscription(std::function<void()> end);
  ~Subscription();
  Subscription(Subscription&& other) noexcept;
  Subscription& operator=(Subscription&& other) noexcept;

  // Ends it. The handler is not called any more; from another thread than the client's, calls for what was
  // heard before may still come until the client has taken notice. It is destroyed on the client's thread.
  void unsubscribe();

 private:
  std::function<void()> end_;
};

}  // namespace rediscovery
