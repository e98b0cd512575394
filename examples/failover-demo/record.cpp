#include "record.hpp"

#include <algorithm>

namespace rediscovery::demo {

std::optional<Moment> find_after_fault(const Record& record, What what) {
  std::optional<Moment> first;
  for (const auto& moment : record.moments) {
    if (moment.what != what || moment.at < record.fault) continue;
    if (!first || moment.at < first->at) first = moment;
  }
  return first;
}

std::optional<Milliseconds> from_fault(const Record& record, What what) {
  const auto moment = find_after_fault(record, what);
  return moment ? std::optional<Milliseconds>(moment->at - record.fault) : std::nullopt;
}

// On a busy machine a pool may hear of it before the demo does.
std::optional<Moment> promotion(const Record& record) {
  auto promoted = find_after_fault(record, What::promoted);
  if (!promoted) return std::nullopt;
  for (const auto what : {What::adopted, What::writer_adopted}) {
    const auto adopted = find_after_fault(record, what);
    if (!adopted || adopted->at >= promoted->at) continue;
    promoted->late_by = std::max(Clock::duration(0), promoted->late_by - (promoted->at - adopted->at));
    promoted->at = adopted->at;
  }
  return promoted;
}

Milliseconds longest_gap(std::vector<Clock::time_point> acknowledged, Clock::time_point began,
                         const Record& record) {
  std::sort(acknowledged.begin(), acknowledged.end());
  if (acknowledged.empty() || acknowledged.back() < record.ended) acknowledged.push_back(record.ended);
  auto before = began;
  Clock::duration longest{0};
  for (const auto at : acknowledged) {
    if (at > record.fault) longest = std::max(longest, at - before);
    before = at;
  }
  return longest;
}

}  // namespace rediscovery::demo
