#include "sentinel/reader.hpp"

#include <poll.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "sentinel/questions.hpp"

namespace rediscovery::sentinel {
namespace {

using Clock = std::chrono::steady_clock;

// An epoch that changes between two questions is rare, one that changes five times in a row is no Sentinel's.
constexpr int kMostRounds = 5;

// Somewhat more than the interval at which the daemon reads. What lies between us and the Sentinel may forget
// a connection that is idle for longer, and nobody would tell us.
constexpr std::chrono::seconds kLongestIdle{30};
// A host that dies takes its Sentinel along: the first readings of the failover have waited for it, the one
// that finds the new master must not.
constexpr std::chrono::seconds kSilenceCounts{5};

// The conversation with one Sentinel: connecting → sending → receiving → done. With a connection from before
// it begins at sending.
class Conversation {
 public:
  Conversation(const core::Endpoint& sentinel, const std::string& master, const Settings& settings,
               std::unique_ptr<redis::Connection> kept)
      : master_(master), settings_(settings), connection_(std::move(kept)) {
    observation_.sentinel = sentinel;
    observation_.problem = "no answer in time";
    is_kept_ = connection_ != nullptr;
    if (!is_kept_) {
      open();
    } else {
      ask();
      proceed();
    }
  }

  [[nodiscard]] bool done() const { return connection_ == nullptr; }
  // The connection, if it is good for another conversation. REQUIRES: done().
  [[nodiscard]] std::unique_ptr<redis::Connection> take_connection() { return std::move(idle_); }
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

  void open() {
    state_ = State::connecting;
    rounds_ = 0;
    auto connection = redis::Connection::start(observation_.sentinel, settings_.tls);
    if (!connection) return broken(connection.error());
    connection_ = std::move(*connection);
  }

  void ask() {
    answers_.clear();
    for (const auto& command : questions(master_, settings_.credentials)) connection_->append(command);
    state_ = State::sending;
    ++rounds_;
  }

  void receive() {
    if (const auto error = connection_->fill()) return broken(*error);
    const std::size_t wanted = questions(master_, settings_.credentials).size();
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
    return sentinel::interpret(answers_, master_, settings_.credentials, [this](std::string_view name) {
      return settings_.hosts ? settings_.hosts->address_of(name) : std::nullopt;
    });
  }

  // REQUIRES: all has been read.
  void finish(const Interpretation& meaning) {
    observation_.view = meaning.view;
    if (connection_) idle_ = std::move(connection_);
    finish(meaning.reading, meaning.problem);
  }

  // With TLS the two sides may not accept each other.
  void broken(const Error& error) {
    if (std::exchange(is_kept_, false)) return open();  // that Sentinel has been restarted
    const bool refused = error.code() == ErrorCode::authentication;
    finish(refused ? Reading::refused : Reading::unreachable, error.message());
  }

  void finish(Reading reading, std::string problem) {
    observation_.reading = reading;
    observation_.problem = std::move(problem);
    connection_.reset();
  }

  const std::string& master_;
  const Settings& settings_;
  Observation observation_;
  std::unique_ptr<redis::Connection> connection_;  // null: done
  std::unique_ptr<redis::Connection> idle_;
  bool is_kept_ = false;  // connection_ is from before
  State state_ = State::connecting;
  std::vector<Reply> answers_;
  int rounds_ = 0;
};

}  // namespace

Reader::Reader(const Settings& settings, int cancel_fd)
    : settings_(settings), cancel_fd_(cancel_fd), lines_(settings.addresses.size()) {}

std::unique_ptr<redis::Connection> Reader::take(Line& line) const {
  const bool is_good =
      line.connection && Clock::now() - line.used < kLongestIdle && line.connection->looks_usable();
  if (!is_good) line.connection.reset();
  return std::move(line.connection);
}

std::vector<Observation> Reader::read(const std::string& master, core::TimePoint deadline) {
  const auto started = Clock::now();
  deadline = std::min(deadline, core::saturating_add(started, settings_.timeout));
  const auto names_until = deadline;
  const auto before = epochs_.find(master);
  std::vector<Conversation> conversations;
  conversations.reserve(lines_.size());
  for (std::size_t i = 0; i < lines_.size(); ++i)
    conversations.emplace_back(settings_.addresses[i], master, settings_, take(lines_[i]));

  bool hurried = false;
  while (true) {
    std::vector<pollfd> polls;
    std::vector<Conversation*> open;
    std::size_t answered = 0;
    bool is_news = false;
    bool all_silent = true;  // whoever has not answered now has not before
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      auto& conversation = conversations[i];
      if (conversation.answered()) ++answered;
      const auto& view = conversation.observation().view;
      if (view && before != epochs_.end() && view->epoch > before->second) is_news = true;
      if (conversation.done()) continue;
      if (lines_[i].silent + kSilenceCounts < started) all_silent = false;
      open.push_back(&conversation);
      polls.push_back({conversation.fd(), conversation.awaited(), 0});
    }
    if (open.empty()) break;
    const auto now = Clock::now();
    const bool is_majority = answered > conversations.size() / 2;
    if (is_majority && is_news && all_silent) break;
    if (is_majority && !std::exchange(hurried, true))
      deadline = std::min(deadline, core::saturating_add(now, settings_.grace));
    if (now >= deadline) {
      for (std::size_t i = 0; i < lines_.size(); ++i) {
        if (!conversations[i].done()) lines_[i].silent = now;
      }
      break;
    }
    polls.push_back({cancel_fd_, POLLIN, 0});  // poll() ignores a negative descriptor
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - now).count() + 1;
    if (poll(polls.data(), polls.size(), static_cast<int>(left)) <= 0) continue;
    if (polls.back().revents != 0) break;
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (polls[i].revents != 0) open[i]->proceed();
    }
  }

  if (settings_.hosts) {
    std::set<std::string> names;
    for (const auto& conversation : conversations) {
      for (auto& name : conversation.names()) names.insert(std::move(name));
    }
    settings_.hosts->learn({names.begin(), names.end()}, Clock::now(), names_until);
    for (auto& conversation : conversations) conversation.interpret_again();
  }

  std::vector<Observation> observations;
  std::optional<std::uint64_t> epoch;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    auto& conversation = conversations[i];
    lines_[i].connection = conversation.take_connection();
    lines_[i].used = started;
    if (const auto& view = conversation.observation().view) epoch = std::max(epoch.value_or(0), view->epoch);
    observations.push_back(conversation.observation());
  }
  if (epoch) epochs_.insert_or_assign(master, *epoch);
  return observations;
}

}  // namespace rediscovery::sentinel
