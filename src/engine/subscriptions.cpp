#include "engine/subscriptions.hpp"

#include <algorithm>

#include "core/redact.hpp"

namespace rediscovery::engine {
namespace {

constexpr std::array kSubscribe{"SUBSCRIBE", "PSUBSCRIBE"};
constexpr std::array kUnsubscribe{"UNSUBSCRIBE", "PUNSUBSCRIBE"};

void add_command(std::vector<Command>& commands, const char* name, std::vector<std::string> topics) {
  if (topics.empty()) return;
  topics.insert(topics.begin(), name);
  commands.emplace_back(std::move(topics));
}

}  // namespace

std::vector<Command> Subscriptions::add(Id id, const std::vector<std::string>& channels,
                                        const std::vector<std::string>& patterns,
                                        SubscriptionHandler handler) {
  Subscriber& subscriber = subscribers_[id];
  subscriber.handler = std::make_shared<const SubscriptionHandler>(std::move(handler));
  subscriber.topics = {channels, patterns};
  std::vector<Command> commands;
  for (const Kind kind : {kChannel, kPattern}) {
    for (const auto& topic : subscriber.topics[kind]) {
      const auto [found, is_new] = topics_[kind].try_emplace(topic);
      found->second.subscribers.insert(id);
      if (is_connected_ && (is_new || found->second.is_refused)) ask(kind, topic, commands);
    }
  }
  tell_if_complete(id, subscriber);
  return commands;
}

std::vector<Command> Subscriptions::remove(Id id) {
  std::vector<Command> commands;
  const auto found = subscribers_.find(id);
  if (found == subscribers_.end()) return commands;
  for (const Kind kind : {kChannel, kPattern}) {
    std::vector<std::string> unused;
    for (const auto& name : found->second.topics[kind]) {
      const auto topic = topics_[kind].find(name);
      if (topic == topics_[kind].end()) continue;  // named twice
      topic->second.subscribers.erase(id);
      if (!topic->second.subscribers.empty()) continue;
      unused.push_back(name);
      topics_[kind].erase(topic);
    }
    if (is_connected_) add_command(commands, kUnsubscribe[kind], std::move(unused));
  }
  subscribers_.erase(found);
  return commands;
}

std::vector<Command> Subscriptions::connected(std::uint64_t generation) {
  is_connected_ = true;
  generation_ = generation;
  std::vector<Command> commands;
  for (const Kind kind : {kChannel, kPattern}) {
    for (const auto& [topic, unused] : topics_[kind]) ask(kind, topic, commands);
  }
  return commands;
}

Command Subscriptions::ping() {
  asked_.push_back({++last_asked_, std::nullopt, ""});
  return Command{"PING"};
}

// Each by itself: Redis refuses a SUBSCRIBE as a whole if one of its channels is not allowed.
void Subscriptions::ask(Kind kind, const std::string& topic, std::vector<Command>& commands) {
  Topic& wanted = topics_[kind].at(topic);
  wanted.is_refused = false;
  wanted.asked = ++last_asked_;
  asked_.push_back({wanted.asked, kind, topic});
  commands.push_back(Command{kSubscribe[kind], topic});
}

void Subscriptions::lost() {
  is_connected_ = false;
  asked_.clear();
  for (auto& topics : topics_) {
    for (auto& [name, topic] : topics) topic.is_confirmed = topic.is_refused = false;
  }
  for (auto& [id, subscriber] : subscribers_) {
    if (!std::exchange(subscriber.is_told, false)) continue;
    tell(id, {SubscriptionEvent::Kind::interrupted, generation_, "", "", ""});
  }
}

bool Subscriptions::on_reply(const Reply& reply) {
  const auto& words = reply.elements();
  const std::string_view kind = words.empty() ? reply.text() : words.front().text();
  const auto word = [&](std::size_t index) { return std::string(words[index].text()); };
  if (kind == "message" && words.size() == 3) {
    published(kChannel, words[1].text(),
              {SubscriptionEvent::Kind::message, generation_, word(1), "", word(2)});
  } else if (kind == "pmessage" && words.size() == 4) {
    published(kPattern, words[1].text(),
              {SubscriptionEvent::Kind::message, generation_, word(2), word(1), word(3)});
  } else if (kind == "subscribe" && words.size() == 3) {
    answered(kChannel, words[1].text());
  } else if (kind == "psubscribe" && words.size() == 3) {
    answered(kPattern, words[1].text());
  } else if (reply.is_error() || kind == "pong" || kind == "PONG") {  // RESP2's array, RESP3's text
    if (!asked_.empty() && !asked_.front().kind) {
      asked_.pop_front();
      return true;
    }
    if (reply.is_error()) refused(core::excerpt(reply.text()));
  }
  return false;
}

void Subscriptions::answered(Kind kind, std::string_view name) {
  if (asked_.empty()) return;
  const std::uint64_t number = asked_.front().number;
  asked_.pop_front();
  const auto found = topics_[kind].find(name);
  if (found == topics_[kind].end()) return;  // nobody wants it any more
  // Given up and asked for again: what counts is the last answer.
  if (found->second.asked != number) return;
  found->second.is_confirmed = true;
  for (const Id id : found->second.subscribers) tell_if_complete(id, subscribers_.at(id));
}

void Subscriptions::refused(const std::string& why) {
  if (asked_.empty()) return;
  const auto [number, kind, name] = std::move(asked_.front());
  asked_.pop_front();
  const auto found = topics_[*kind].find(name);
  if (found == topics_[*kind].end() || found->second.asked != number) return;
  found->second.is_refused = true;
  const bool is_channel = *kind == kChannel;
  for (const Id id : found->second.subscribers) {
    tell(id, {SubscriptionEvent::Kind::refused, generation_, is_channel ? name : "", is_channel ? "" : name,
              why});
  }
}

void Subscriptions::published(Kind kind, std::string_view topic, const SubscriptionEvent& message) {
  const auto found = topics_[kind].find(topic);
  if (found == topics_[kind].end()) return;
  for (const Id id : found->second.subscribers) tell(id, message);
}

void Subscriptions::tell_if_complete(Id id, Subscriber& subscriber) {
  if (subscriber.is_told) return;
  for (const Kind kind : {kChannel, kPattern}) {
    for (const auto& topic : subscriber.topics[kind]) {
      if (!topics_[kind].at(topic).is_confirmed) return;
    }
  }
  subscriber.is_told = true;
  tell(id, {SubscriptionEvent::Kind::subscribed, generation_, "", "", ""});
}

void Subscriptions::tell(Id id, SubscriptionEvent event) { news_.emplace_back(id, std::move(event)); }

void Subscriptions::deliver() {
  for (std::size_t left = news_.size(); left > 0 && !news_.empty(); --left) {
    const auto [id, event] = std::move(news_.front());
    news_.pop_front();
    const auto found = subscribers_.find(id);
    if (found == subscribers_.end()) continue;
    const auto handler = found->second.handler;  // it may unsubscribe
    (*handler)(event);
  }
}

}  // namespace rediscovery::engine
