#include "pool/counters.hpp"

namespace rediscovery {

void Counters::count(const Result<Reply>& result) {
  if (result || result.error().code() == ErrorCode::server_error) return add(commands);
  add(failed);
  if (result.error().executed() == Executed::maybe) add(in_doubt);
}

void Counters::read_into(Stats& stats) const {
  const auto read = [](const std::atomic<std::uint64_t>& counter) {
    return counter.load(std::memory_order_relaxed);
  };
  stats.commands = read(commands);
  stats.failed = read(failed);
  stats.in_doubt = read(in_doubt);
  stats.retries = read(retries);
  stats.lookups = read(lookups);
  stats.lookups_failed = read(lookups_failed);
  stats.connects = read(connects);
  stats.connects_failed = read(connects_failed);
  stats.suspicions = read(suspicions);
  stats.adoptions = read(adoptions);
  stats.refusals = read(refusals);
  stats.execute = execute.snapshot();
  stats.wait = wait.snapshot();
  stats.lookup = lookup.snapshot();
  stats.connect = connect.snapshot();
  stats.adoption = adoption.snapshot();
  stats.confirmation = confirmation.snapshot();
}

}  // namespace rediscovery
