#include "figures.hpp"

#include <algorithm>

namespace rediscovery::demo {
namespace {

bool is_kept(const Record& record, const Answer& answer) {
  return answer.ok() && !record.lost.contains(answer.session);
}

std::optional<Milliseconds> recovery(const Record& record) {
  const auto promoted = promotion(record);
  const auto adopted = find_after_fault(record, What::adopted);
  if (!promoted || !adopted) return std::nullopt;
  std::optional<Clock::time_point> first;
  for (const auto& answer : record.answers) {
    // Before the adoption it was the old master who acknowledged, and replication that saved it.
    if (answer.received < adopted->at || !is_kept(record, answer)) continue;
    if (!first || answer.received < *first) first = answer.received;
  }
  return first ? std::optional<Milliseconds>(*first - promoted->at) : std::nullopt;
}

}  // namespace

Figures compute(const Record& record) {
  Figures figures;
  figures.scenario = record.scenario;
  figures.requests = record.answers.size();
  figures.lost = record.lost.size();
  std::vector<Clock::time_point> acknowledged;
  std::vector<Clock::time_point> kept;
  for (const auto& answer : record.answers) {
    if (answer.ok()) {
      ++figures.ok;
      acknowledged.push_back(answer.received);
      if (is_kept(record, answer)) kept.push_back(answer.received);
    } else {
      ++figures.failed;
      if (answer.in_doubt) ++figures.in_doubt;
    }
    const Milliseconds took = answer.received - answer.sent;
    figures.longest_answer = std::max(figures.longest_answer.value_or(took), took);
  }
  if (!record.answers.empty()) {
    const auto began = record.answers.front().sent;
    figures.outage = longest_gap(std::move(acknowledged), began, record);
    figures.outage_kept = longest_gap(std::move(kept), began, record);
  }
  if (const auto promoted = promotion(record)) {
    figures.promotion = promoted->at - record.fault;
    figures.promotion_late_by = promoted->late_by;
  }
  figures.promotions = static_cast<std::size_t>(
      std::count_if(record.moments.begin(), record.moments.end(),
                    [](const Moment& moment) { return moment.what == What::promoted; }));
  figures.recovered_after_promotion = recovery(record);
  figures.switch_master = from_fault(record, What::announced);
  figures.suspect = from_fault(record, What::suspected);
  figures.name_moved = from_fault(record, What::name_moved);
  figures.adopted = from_fault(record, What::adopted);
  figures.writer = compute_writer(record);
  return figures;
}

}  // namespace rediscovery::demo
