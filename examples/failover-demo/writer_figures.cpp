#include "writer_figures.hpp"

#include <algorithm>

namespace rediscovery::demo {
namespace {

std::uint64_t generation_before_fault(const Record& record) {
  std::uint64_t generation = 0;
  for (const auto& write : record.writes) {
    if (write.ended < record.fault) generation = write.generation;
  }
  return generation;
}

// An acknowledgement of a later generation can only be mistaken, see Writer::note(), for a write that went to
// the old master; after the promotion such a one is lost.
std::optional<Clock::time_point> first_on_new_master(const Record& record) {
  const auto before = generation_before_fault(record);
  const auto first = std::find_if(record.writes.begin(), record.writes.end(), [&](const Write& write) {
    return write.ok() && write.generation > before && !record.lost_writes.contains(write.key);
  });
  return first == record.writes.end() ? std::nullopt : std::optional(first->ended);
}

}  // namespace

std::optional<WriterFigures> compute_writer(const Record& record) {
  if (record.writes.empty()) return std::nullopt;
  WriterFigures figures;
  figures.writes = record.writes.size();
  figures.lost = record.lost_writes.size();
  std::vector<Clock::time_point> acknowledged;
  for (const auto& write : record.writes) {
    if (write.ok()) {
      ++figures.ok;
      acknowledged.push_back(write.ended);
    } else {
      ++figures.failed;
      if (write.outcome == Write::Outcome::in_doubt) ++figures.in_doubt;
    }
  }
  figures.outage = longest_gap(std::move(acknowledged), record.writes.front().sent, record);
  figures.adopted = from_fault(record, What::writer_adopted);
  if (const auto first = first_on_new_master(record)) {
    if (const auto promoted = promotion(record)) figures.first_after_promotion = *first - promoted->at;
    const auto moved = find_after_fault(record, What::name_moved);
    // Elsewhere the updater moves it, which may be long after the writer has followed the promotion.
    if (moved && is_by_hand(record.scenario)) figures.first_after_dns_change = *first - moved->at;
  }
  return figures;
}

}  // namespace rediscovery::demo
