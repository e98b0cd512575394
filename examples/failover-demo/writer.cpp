#include "writer.hpp"

#include <utility>

namespace rediscovery::demo {
namespace {

constexpr std::chrono::milliseconds kDeadline{3000};  // st-api's, too

Write::Outcome outcome_of(const Result<Reply>& result) {
  if (result) return Write::Outcome::acknowledged;
  return result.error().executed() == Executed::maybe ? Write::Outcome::in_doubt : Write::Outcome::failed;
}

}  // namespace

Writer::Writer(const rediscovery::Options& redis, int rate, Moments& moments)
    : rate_(rate), moments_(moments), pool_(with_events(redis)) {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Writer::~Writer() {
  thread_.request_stop();
  pool_.close();
}

rediscovery::Options Writer::with_events(rediscovery::Options redis) {
  redis.on_event = [this](const Event& event) { note(event); };
  return redis;
}

// The first event of a new generation comes before its first connection is handed out (`adopted` itself comes
// after). So an acknowledgement from the new master finds the new generation here. One from the old master
// finds it only if the pool adopts another in the microseconds until the writing thread looks.
void Writer::note(const Event& event) {
  const auto now = Clock::now();
  const auto before = generation_.exchange(event.generation);
  if (before != 0 && event.generation != before) {
    moments_.add({now, What::writer_adopted, "the writer's pool adopts " + event.endpoint});
  } else if (event.kind == EventKind::suspect) {
    moments_.add({now, What::writer_suspected, "the writer's pool suspects the master: " + event.reason});
  }
  const std::lock_guard lock(mutex_);
  events_.push_back({now, event});
}

void Writer::run(const std::stop_token& stop) {
  const auto started = Clock::now();
  for (std::size_t number = 0; !stop.stop_requested(); ++number) {
    std::this_thread::sleep_until(
        started + std::chrono::nanoseconds(std::nano::den * number / static_cast<unsigned>(rate_)));
    if (!sending_) break;
    record(write(number));
  }
  finished_ = true;
}

Write Writer::write(std::size_t number) {
  Write write;
  write.key = "write:" + std::to_string(number);
  write.sent = Clock::now();
  const auto result = pool_.execute({"SET", write.key, "1"}, kDeadline);
  write.ended = Clock::now();
  write.generation = generation_;
  write.outcome = outcome_of(result);
  return write;
}

void Writer::record(Write write) {
  if (write.ok() && write.generation != acknowledged_by_) {
    if (acknowledged_by_ != 0) {
      moments_.add(
          {write.ended, What::write_resumed, "the writer's first write is acknowledged by the new master"});
    }
    acknowledged_by_ = write.generation;
  }
  const std::lock_guard lock(mutex_);
  ++(write.ok() ? count_.ok : count_.failed);
  writes_.push_back(std::move(write));
}

Writer::Count Writer::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

std::vector<Write> Writer::writes() const {
  const std::lock_guard lock(mutex_);
  return writes_;
}

std::vector<Writer::PoolEvent> Writer::events() const {
  const std::lock_guard lock(mutex_);
  return events_;
}

}  // namespace rediscovery::demo
