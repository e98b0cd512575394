#include "engine/subscriptions.hpp"

#include <algorithm>

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
    std::vector<std::string> unknown;
    for (const auto& topic : subscriber.topics[kind]) {
      const auto [found, is_new] = topics_[kind].try_emplace(topic);
      found->second.subscribers.insert(id);
      if (is_new) unknown.push_back(topic);
    }
    if (is_connected_) add_command(commands, kSubscribe[kind], std::move(unknown));
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
    std::vector<std::string> all;
    for (const auto& [topic, unused] : topics_[kind]) all.push_back(topic);
    add_command(commands, kSubscribe[kind], std::move(all));
  }
  return commands;
}

void Subscriptions::lost() {
  is_connected_ = false;
  for (auto& topics : topics_) {
    for (auto& [name, topic] : topics) topic.is_confirmed = false;
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
    confirmed(kChannel, words[1].text());
  } else if (kind == "psubscribe" && words.size() == 3) {
    confirmed(kPattern, words[1].text());
  }
  // RESP2 answers with an array, RESP3 as always.
  return kind == "pong" || kind == "PONG";
}

void Subscriptions::confirmed(Kind kind, std::string_view name) {
  const auto found = topics_[kind].find(name);
  if (found == topics_[kind].end()) return;  // nobody wants it any more
  found->second.is_confirmed = true;
  for (const Id id : found->second.subscribers) tell_if_complete(id, subscribers_.at(id));
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
