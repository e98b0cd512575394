#include "senders.hpp"

#include "lost.hpp"

namespace rediscovery::demo {

Senders::Senders(const Options& options, const Stage& stage, Moments& moments) {
  if (options.rate > 0) load_.emplace(stage.load_settings());
  if (options.writer_rate > 0) writer_.emplace(stage.client_options(), options.writer_rate, moments);
}

void Senders::stop_sending() {
  if (load_) load_->stop_sending();
  if (writer_) writer_->stop_sending();
}

bool Senders::finished() const { return (!load_ || load_->finished()) && (!writer_ || writer_->finished()); }

std::string Senders::progress() const {
  std::string text;
  if (load_) {
    const auto count = load_->count();
    text += "   " + std::to_string(count.sent) + " requests sent, " + std::to_string(count.ok) +
            " answered, " + std::to_string(count.failed) + " failed, " + std::to_string(count.waiting()) +
            " waiting";
  }
  if (writer_) {
    const auto count = writer_->count();
    text += "   " + std::to_string(count.ok) + " writes acknowledged, " + std::to_string(count.failed) +
            " failed";
  }
  return text;
}

std::optional<Clock::time_point> Senders::first_answer_after(Clock::time_point since) const {
  return load_ ? load_->first_ok_after(since) : std::nullopt;
}

void Senders::fill(Record& record, const testing::Node& final_master) const {
  if (load_) {
    record.answers = load_->answers();
    std::vector<std::string> sessions;
    for (const auto& answer : record.answers) {
      if (answer.ok()) sessions.push_back(answer.session);
    }
    record.lost = find_lost(final_master, "session:", sessions);
  }
  if (writer_) {
    record.writes = writer_->writes();
    std::vector<std::string> keys;
    for (const auto& write : record.writes) {
      if (write.ok()) keys.push_back(write.key);
    }
    record.lost_writes = find_lost(final_master, "", keys);
  }
}

std::vector<Writer::PoolEvent> Senders::pool_events() const {
  return writer_ ? writer_->events() : std::vector<Writer::PoolEvent>{};
}

}  // namespace rediscovery::demo
