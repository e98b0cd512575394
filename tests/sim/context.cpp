#include "sim/context.hpp"

namespace rediscovery::sim {

Totals& Totals::operator+=(const Totals& other) {
  runs += other.runs;
  steps += other.steps;
  simulated += other.simulated;
  adoptions += other.adoptions;
  suspicions += other.suspicions;
  lookups += other.lookups;
  dials += other.dials;
  commands += other.commands;
  succeeded += other.succeeded;
  failed += other.failed;
  in_doubt += other.in_doubt;
  retries += other.retries;
  messages += other.messages;
  replica_reads += other.replica_reads;
  lost_writes += other.lost_writes;
  stranded += other.stranded;
  for (const auto& [kind, count] : other.faults) faults[kind] += count;
  return *this;
}

}  // namespace rediscovery::sim
