#include "pool/writers.hpp"

#include <string>

#include "pool/event_log.hpp"
#include "support/wait.hpp"

namespace rediscovery::testing {

Writers::Writers(Pool& pool, Work work, int threads, std::chrono::milliseconds timeout)
    : pool_(pool), work_(work), timeout_(timeout) {
  tally_.last_set.resize(static_cast<std::size_t>(threads));
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this, i] { run(i); });
}

Writers::~Writers() { stopping_ = true; }

std::string Writers::key(int index) { return "writer:" + std::to_string(index); }

void Writers::wait_progress(std::uint64_t more) const {
  const std::uint64_t wanted = acknowledged_ + more;
  wait_until([&] { return acknowledged_ >= wanted; }, EventLog::kPatience,
             "writers to get on from " + std::to_string(wanted - more) + " to " + std::to_string(wanted));
}

Writers::Tally Writers::stop() {
  stopping_ = true;
  threads_.clear();
  tally_.acknowledged = acknowledged_;
  return tally_;
}

void Writers::run(int index) {
  for (std::uint64_t number = 1; !stopping_; ++number) {
    switch (work_) {
      case Work::sets:
        set_once(index, number);
        break;
      case Work::increments:
        increment_once();
        break;
      case Work::replicated_increments:
        increment_replicated_once();
        break;
    }
  }
}

void Writers::set_once(int index, std::uint64_t number) {
  const auto reply = pool_.execute(Command{"SET", key(index), std::to_string(number)}.idempotent(), timeout_);
  if (!reply) return count(reply.error());
  ++acknowledged_;
  const std::lock_guard lock(mutex_);
  tally_.last_set[static_cast<std::size_t>(index)] = number;
}

void Writers::increment_once() {
  const auto reply = pool_.execute({"INCR", kCounter}, timeout_);
  if (!reply) return count(reply.error());
  ++acknowledged_;
}

void Writers::increment_replicated_once() {
  auto lease = pool_.acquire(timeout_);
  if (!lease) return count(lease.error());
  const auto reply = lease->execute({"INCR", kCounter});
  if (!reply) return count(reply.error());
  ++acknowledged_;
  const auto replicas = lease->execute({"WAIT", "2", "1000"});
  const std::lock_guard lock(mutex_);
  if (replicas && replicas->to_integer().value_or(0) >= 2) ++tally_.replicated;
}

std::vector<Error> Writers::Tally::unexplained() const {
  std::vector<Error> rest;
  for (const Error& error : errors) {
    const bool is_overtaken = error.executed() == Executed::maybe &&
                              error.message().find("answered after another master") != std::string::npos;
    if (!is_overtaken) rest.push_back(error);
  }
  return rest;
}

void Writers::count(const Error& error) {
  const std::lock_guard lock(mutex_);
  (error.executed() == Executed::no ? tally_.not_executed : tally_.in_doubt) += 1;
  tally_.errors.push_back(error);
}

}  // namespace rediscovery::testing
