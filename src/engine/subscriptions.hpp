// Who has subscribed to what, and how far the server has confirmed it.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <rediscovery/command.hpp>
#include <rediscovery/reply.hpp>
#include <rediscovery/subscription.hpp>

namespace rediscovery::engine {

// All subscriptions of a client share one connection, which carries nothing else: in RESP2 it could not
// (https://redis.io/docs/latest/develop/interact/pubsub/). One thread; no clock, no I/O.
class Subscriptions {
 public:
  using Id = std::uint64_t;

  // Both return what is to be sent now.
  [[nodiscard]] std::vector<Command> add(Id id, const std::vector<std::string>& channels,
                                         const std::vector<std::string>& patterns,
                                         SubscriptionHandler handler);
  [[nodiscard]] std::vector<Command> remove(Id id);
  [[nodiscard]] bool empty() const { return subscribers_.empty(); }

  // There is a connection; returns what is to be sent on it.
  [[nodiscard]] std::vector<Command> connected(std::uint64_t generation);
  // To be sent on it, to see whether it lives.
  [[nodiscard]] Command ping();
  void lost();
  // Everything the connection says. True: it is the answer to PING, be it that this user may not.
  bool on_reply(const Reply& reply);

  // Calls the handlers. They may add and remove.
  void deliver();
  [[nodiscard]] bool has_news() const { return !news_.empty(); }

 private:
  enum Kind : std::uint8_t { kChannel, kPattern };
  struct Topic {
    std::set<Id> subscribers;
    bool is_confirmed = false;
    bool is_refused = false;  // on this connection
    std::uint64_t asked = 0;  // what was asked for it last
  };
  struct Subscriber {
    std::array<std::vector<std::string>, 2> topics;  // by Kind
    std::shared_ptr<const SubscriptionHandler> handler;
    bool is_told = false;  // that it is subscribed
  };
  struct Asked {
    std::uint64_t number;
    std::optional<Kind> kind;  // none: PING
    std::string name;
  };
  using Topics = std::map<std::string, Topic, std::less<>>;

  void ask(Kind kind, const std::string& topic, std::vector<Command>& commands);
  void answered(Kind kind, std::string_view topic);
  void refused(const std::string& why);
  void published(Kind kind, std::string_view topic, const SubscriptionEvent& message);
  void tell_if_complete(Id id, Subscriber& subscriber);
  void tell(Id id, SubscriptionEvent event);

  std::map<Id, Subscriber> subscribers_;
  std::array<Topics, 2> topics_;  // by Kind
  std::deque<Asked> asked_;       // the server has not answered yet; it does so in order
  std::uint64_t last_asked_ = 0;
  bool is_connected_ = false;
  std::uint64_t generation_ = 0;
  std::deque<std::pair<Id, SubscriptionEvent>> news_;
};

}  // namespace rediscovery::engine
