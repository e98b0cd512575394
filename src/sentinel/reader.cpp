#include "sentinel/reader.hpp"

#include <poll.h>

#include <algorithm>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "sentinel/listing.hpp"
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
    for (const auto& command : listing_questions(master_)) connection_->append(command);
    state_ = State::sending;
    ++rounds_;
  }

  void receive() {
    if (const auto error = connection_->fill()) return broken(*error);
    const std::size_t wanted =
        questions(master_, settings_.credentials).size() + listing_questions(master_).size();
    while (answers_.size() < wanted) {
      auto reply = connection_->next_reply();
      if (!reply) return give_up(Reading::unusable, reply.error().message());
      if (!reply->has_value()) return;
      answers_.push_back(std::move(**reply));
    }
    const auto meaning = interpret();
    if (meaning.retry && rounds_ < kMostRounds) return ask();
    finish(meaning);
  }

  [[nodiscard]] Interpretation interpret() {
    const AddressOf address_of = [this](std::string_view name) {
      return settings_.hosts ? settings_.hosts->address_of(name) : std::nullopt;
    };
    const auto listing = answers_.end() - static_cast<std::ptrdiff_t>(listing_questions(master_).size());
    observation_.listing = read_listing(listing[0], listing[1], address_of);
    return sentinel::interpret({answers_.begin(), listing}, master_, settings_.credentials, address_of);
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
    give_up(refused ? Reading::refused : Reading::unreachable, error.message());
  }

  // The answers until then are not all that is needed to interpret them.
  void give_up(Reading reading, std::string problem) {
    answers_.clear();
    finish(reading, std::move(problem));
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

// All conversations about one master.
class Reader::Round {
 public:
  Round(Reader& reader, const std::string& name, Master& master)
      : reader_(reader), name_(name), roster_(master.roster), epoch_before_(master.epoch) {
    begin(roster_.members());
  }

  // Until everybody has answered who is waited for. Brings `deadline` nearer when a majority has. False:
  // cancelled.
  bool listen(core::TimePoint& deadline) {
    while (true) {
      std::vector<pollfd> polls;
      std::vector<Conversation*> open;
      std::size_t answered = 0;
      bool is_news = false;
      bool all_silent = true;  // whoever has not answered now has not before
      for (auto& conversation : conversations_) {
        if (conversation.answered()) ++answered;
        const auto& view = conversation.observation().view;
        if (view && epoch_before_ && view->epoch > *epoch_before_) is_news = true;
        if (conversation.done()) continue;
        if (line_of(conversation).silent + kSilenceCounts < started_) all_silent = false;
        open.push_back(&conversation);
        polls.push_back({conversation.fd(), conversation.awaited(), 0});
      }
      if (open.empty()) return true;
      const auto now = Clock::now();
      const bool is_majority = answered > conversations_.size() / 2;
      if (is_majority && is_news && all_silent) return true;
      if (is_majority && !std::exchange(hurried_, true))
        deadline = std::min(deadline, core::saturating_add(now, reader_.settings_.grace));
      if (now >= deadline) {
        for (auto* conversation : open) line_of(*conversation).silent = now;
        return true;
      }
      polls.push_back({reader_.cancel_fd_, POLLIN, 0});  // poll() ignores a negative descriptor
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - now).count() + 1;
      if (poll(polls.data(), polls.size(), static_cast<int>(left)) <= 0) continue;
      if (polls.back().revents != 0) return false;
      for (std::size_t i = 0; i < open.size(); ++i) {
        if (polls[i].revents == 0) continue;
        open[i]->proceed();
        if (open[i]->done()) begin(roster_.heard(open[i]->observation()));
      }
    }
  }

  // Looks up the names in the answers and reads them again. True: that has led to Sentinels not yet asked.
  bool look_up(core::TimePoint until) {
    const auto& hosts = reader_.settings_.hosts;
    if (!hosts) return false;
    std::set<std::string> names;
    for (const auto& conversation : conversations_) {
      for (auto& name : conversation.names()) names.insert(std::move(name));
    }
    hosts->learn({names.begin(), names.end()}, Clock::now(), until);
    std::vector<core::Endpoint> newcomers;
    for (auto& conversation : conversations_) {
      conversation.interpret_again();
      for (auto& one : roster_.heard(conversation.observation())) newcomers.push_back(std::move(one));
    }
    begin(newcomers);
    return !newcomers.empty();
  }

  // Keeps the connections for the next one.
  [[nodiscard]] std::vector<Observation> finish() {
    std::vector<Observation> observations;
    for (auto& conversation : conversations_) {
      Line& line = line_of(conversation);
      line.connection = conversation.take_connection();
      line.used = started_;
      observations.push_back(conversation.observation());
    }
    return observations;
  }

 private:
  void begin(const std::vector<core::Endpoint>& sentinels) {
    for (const auto& sentinel : sentinels)
      conversations_.emplace_back(sentinel, name_, reader_.settings_, take(reader_.lines_[sentinel]));
  }
  [[nodiscard]] Line& line_of(const Conversation& conversation) {
    return reader_.lines_[conversation.observation().sentinel];
  }

  Reader& reader_;
  const std::string& name_;
  Roster& roster_;
  const std::optional<std::uint64_t> epoch_before_;
  const core::TimePoint started_ = Clock::now();
  std::list<Conversation> conversations_;
  bool hurried_ = false;
};

Reader::Reader(const Settings& settings, int cancel_fd) : settings_(settings), cancel_fd_(cancel_fd) {}

std::unique_ptr<redis::Connection> Reader::take(Line& line) {
  const bool is_good =
      line.connection && Clock::now() - line.used < kLongestIdle && line.connection->looks_usable();
  if (!is_good) line.connection.reset();
  return std::move(line.connection);
}

void Reader::hang_up() {
  std::set<core::Endpoint> members;
  for (const auto& [name, master] : masters_) {
    for (auto& member : master.roster.members()) members.insert(std::move(member));
  }
  std::erase_if(lines_, [&members](const auto& line) { return !members.contains(line.first); });
}

std::vector<Observation> Reader::read(const std::string& name, core::TimePoint deadline) {
  deadline = std::min(deadline, core::saturating_add(Clock::now(), settings_.timeout));
  const auto names_until = deadline;
  Master& master =
      masters_.try_emplace(name, Master{Roster(settings_.addresses, settings_.discover)}).first->second;
  Round round(*this, name, master);
  while (round.listen(deadline) && round.look_up(names_until)) {
  }
  auto observations = master.roster.conclude(round.finish());
  hang_up();
  std::optional<std::uint64_t> epoch;
  for (const auto& observation : observations) {
    if (observation.view) epoch = std::max(epoch.value_or(0), observation.view->epoch);
  }
  if (epoch) master.epoch = epoch;
  return observations;
}

}  // namespace rediscovery::sentinel
