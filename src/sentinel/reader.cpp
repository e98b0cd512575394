#include "sentinel/reader.hpp"

#include <poll.h>

#include <algorithm>
#include <memory>
#include <set>

#include "redis/connection.hpp"
#include "sentinel/questions.hpp"

namespace rediscovery::sentinel {
namespace {

using Clock = std::chrono::steady_clock;

// An epoch that changes between two questions is rare, one that changes five times in a row is no Sentinel's.
constexpr int kMostRounds = 5;

// The conversation with one Sentinel: connecting → sending → receiving → done.
class Conversation {
 public:
  Conversation(const core::Endpoint& sentinel, const std::string& master, const Settings& settings)
      : master_(master), credentials_(settings.credentials), hosts_(settings.hosts.get()) {
    observation_.sentinel = sentinel;
    observation_.problem = "no answer in time";
    auto connection = redis::Connection::start(sentinel, settings.tls);
    if (connection) {
      connection_ = std::move(*connection);
    } else {
      broken(connection.error());
    }
  }

  [[nodiscard]] bool done() const { return connection_ == nullptr; }
  [[nodiscard]] bool answered() const { return observation_.reading != Reading::unreachable; }
  [[nodiscard]] int fd() const { return connection_->fd(); }
  [[nodiscard]] short awaited() const { return connection_->wanted(); }
  [[nodiscard]] const Observation& observation() const { return observation_; }
  // The host names in what it has answered.
  [[nodiscard]] std::vector<std::string> names() const { return names_in(answers_); }
  // They have been looked up.
  void interpret_again() {
    if (done() && answered() && !names().empty()) finish(interpret());
  }

  // REQUIRES: !done(); what was awaited() has happened.
  void proceed() {
    if (state_ == State::connecting) {
      const auto connected = connection_->connected();
      if (!connected) return broken(connected.error());
      if (!*connected) return;
      ask();
    }
    if (state_ == State::sending) {
      const auto sent = connection_->flush();
      if (!sent) return broken(sent.error());
      if (*sent) state_ = State::receiving;
      return;
    }
    receive();
  }

 private:
  enum class State : std::uint8_t { connecting, sending, receiving };

  void ask() {
    answers_.clear();
    for (const auto& command : questions(master_, credentials_)) connection_->append(command);
    state_ = State::sending;
    ++rounds_;
  }

  void receive() {
    if (const auto error = connection_->fill()) return broken(*error);
    const std::size_t wanted = questions(master_, credentials_).size();
    while (answers_.size() < wanted) {
      auto reply = connection_->next_reply();
      if (!reply) return finish(Reading::unusable, reply.error().message());
      if (!reply->has_value()) return;
      answers_.push_back(std::move(**reply));
    }
    const auto meaning = interpret();
    if (meaning.retry && rounds_ < kMostRounds) return ask();
    finish(meaning);
  }

  [[nodiscard]] Interpretation interpret() const {
    return sentinel::interpret(answers_, master_, credentials_, [this](std::string_view name) {
      return hosts_ == nullptr ? std::nullopt : hosts_->address_of(name);
    });
  }

  void finish(const Interpretation& meaning) {
    observation_.view = meaning.view;
    finish(meaning.reading, meaning.problem);
  }

  // With TLS the two sides may not accept each other.
  void broken(const Error& error) {
    const bool refused = error.code() == ErrorCode::authentication;
    finish(refused ? Reading::refused : Reading::unreachable, error.message());
  }

  void finish(Reading reading, std::string problem) {
    observation_.reading = reading;
    observation_.problem = std::move(problem);
    connection_.reset();
  }

  const std::string& master_;
  const Credentials& credentials_;
  const Hosts* hosts_;
  Observation observation_;
  std::unique_ptr<redis::Connection> connection_;  // null: done
  State state_ = State::connecting;
  std::vector<Reply> answers_;
  int rounds_ = 0;
};

}  // namespace

std::vector<Observation> read_all(const Settings& settings, const std::string& master,
                                  core::TimePoint deadline, int cancel_fd) {
  deadline = std::min(deadline, core::saturating_add(Clock::now(), settings.timeout));
  const auto names_until = deadline;
  std::vector<Conversation> conversations;
  conversations.reserve(settings.addresses.size());
  for (const auto& sentinel : settings.addresses) {
    conversations.emplace_back(sentinel, master, settings);
  }

  bool hurried = false;
  while (true) {
    std::vector<pollfd> polls;
    std::vector<Conversation*> open;
    std::size_t answered = 0;
    for (auto& conversation : conversations) {
      if (conversation.answered()) ++answered;
      if (conversation.done()) continue;
      open.push_back(&conversation);
      polls.push_back({conversation.fd(), conversation.awaited(), 0});
    }
    if (open.empty()) break;
    const auto now = Clock::now();
    if (!hurried && answered > conversations.size() / 2) {
      hurried = true;
      deadline = std::min(deadline, core::saturating_add(now, settings.grace));
    }
    if (now >= deadline) break;
    polls.push_back({cancel_fd, POLLIN, 0});  // poll() ignores a negative descriptor
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - now).count() + 1;
    if (poll(polls.data(), polls.size(), static_cast<int>(left)) <= 0) continue;
    if (polls.back().revents != 0) break;
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (polls[i].revents != 0) open[i]->proceed();
    }
  }

  if (settings.hosts) {
    std::set<std::string> names;
    for (const auto& conversation : conversations) {
      for (auto& name : conversation.names()) names.insert(std::move(name));
    }
    settings.hosts->learn({names.begin(), names.end()}, Clock::now(), names_until);
    for (auto& conversation : conversations) conversation.interpret_again();
  }

  std::vector<Observation> observations;
  observations.reserve(conversations.size());
  for (const auto& conversation : conversations) observations.push_back(conversation.observation());
  return observations;
}

}  // namespace rediscovery::sentinel
