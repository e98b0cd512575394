#include "figures.hpp"

#include <algorithm>

namespace rediscovery::demo {
namespace {

bool is_kept(const Record& record, const Answer& answer) {
  return answer.ok() && !record.lost.contains(answer.session);
}

// The longest time without an acknowledgement, of those that ended after the fault.
std::optional<Milliseconds> longest_gap(std::vector<Clock::time_point> acknowledged, const Record& record) {
  if (record.answers.empty()) return std::nullopt;
  std::sort(acknowledged.begin(), acknowledged.end());
  if (acknowledged.empty() || acknowledged.back() < record.ended) acknowledged.push_back(record.ended);
  auto before = record.answers.front().sent;
  Clock::duration longest{0};
  for (const auto at : acknowledged) {
    if (at > record.fault) longest = std::max(longest, at - before);
    before = at;
  }
  return longest;
}

std::optional<Milliseconds> from_fault(const Record& record, What what) {
  const auto moment = find_after_fault(record, what);
  return moment ? std::optional<Milliseconds>(moment->at - record.fault) : std::nullopt;
}

// On a busy machine the pool may hear of it before the demo does.
std::optional<Clock::time_point> promotion(const Record& record) {
  const auto promoted = find_after_fault(record, What::promoted);
  const auto adopted = find_after_fault(record, What::adopted);
  if (!promoted) return std::nullopt;
  return adopted ? std::min(promoted->at, adopted->at) : promoted->at;
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
  return first ? std::optional<Milliseconds>(*first - *promoted) : std::nullopt;
}

}  // namespace

std::optional<Moment> find_after_fault(const Record& record, What what) {
  std::optional<Moment> first;
  for (const auto& moment : record.moments) {
    if (moment.what != what || moment.at < record.fault) continue;
    if (!first || moment.at < first->at) first = moment;
  }
  return first;
}

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
  figures.outage = longest_gap(std::move(acknowledged), record);
  figures.outage_kept = longest_gap(std::move(kept), record);
  if (const auto at = promotion(record)) figures.promotion = *at - record.fault;
  figures.recovered_after_promotion = recovery(record);
  figures.switch_master = from_fault(record, What::announced);
  figures.suspect = from_fault(record, What::suspected);
  figures.name_moved = from_fault(record, What::name_moved);
  figures.adopted = from_fault(record, What::adopted);
  return figures;
}

}  // namespace rediscovery::demo
