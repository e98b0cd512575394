#include "chaos/bounds.hpp"

#include <algorithm>

namespace rediscovery::chaos {

Bounds::Bounds(const std::vector<Journal>& journals) : journals_(journals) {
  for (std::size_t i = 0; i < journals.size(); ++i) {
    const Journal& journal = journals[i];
    for (std::size_t k = 0; k < journal.writes.size(); ++k) {
      const Write& write = journal.writes[k];
      if (write.outcome != Outcome::acknowledged) continue;
      acknowledged_.push_back({write.done, static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(k)});
      if (write.mark.history == Mark::kNone) continue;
      const std::string& history = journal.histories[write.mark.history].id;
      const std::uint64_t end = write.mark.offset + stream_length(journal.writer, write);
      marks_[history].done.push_back({write.done, end, write.done});
      marks_[history].sent.push_back({write.sent, write.mark.offset, 0});
      if (write.generation_before == write.generation_after)
        generations_[{i, write.generation_before}].insert(history);
    }
  }
  std::ranges::sort(acknowledged_, {}, &Ended::done);
  by_number_.resize(journals.size());
  for (const auto& ended : acknowledged_) {
    if (journals[ended.journal].one_loop) by_number_[ended.journal].push_back(ended.write);
  }
  for (std::size_t i = 0; i < journals.size(); ++i) {
    std::ranges::sort(by_number_[i], {},
                      [&](std::uint32_t write) { return journals[i].writes[write].number; });
  }
  for (auto& [history, marks] : marks_) {
    std::ranges::sort(marks.done, {}, &Timed::at);
    for (std::size_t i = 1; i < marks.done.size(); ++i) {
      if (marks.done[i].offset >= marks.done[i - 1].offset) continue;
      marks.done[i].offset = marks.done[i - 1].offset;
      marks.done[i].since = marks.done[i - 1].since;
    }
    std::ranges::sort(marks.sent, {}, &Timed::at);
    for (std::size_t i = marks.sent.size(); i-- > 1;)
      marks.sent[i - 1].offset = std::min(marks.sent[i - 1].offset, marks.sent[i].offset);
  }
}

std::set<std::string> Bounds::histories_of(std::size_t journal, std::uint64_t generation) const {
  const auto found = generations_.find({journal, generation});
  return found == generations_.end() ? std::set<std::string>() : found->second;
}

std::set<std::string> Bounds::histories_of(std::size_t journal, const Write& write) const {
  if (write.mark.history != Mark::kNone) return {journals_[journal].histories[write.mark.history].id};
  // A loop that has gone on to the next master passes on nothing of the one before.
  if (journals_[journal].one_loop) return histories_of(journal, write.generation_after);
  std::set<std::string> all;
  for (auto generation = write.generation_before; generation <= write.generation_after; ++generation) {
    const auto of_one = histories_of(journal, generation);
    // One that nobody knows: it may be any.
    if (of_one.empty() && generation != 0) return {};
    all.insert(of_one.begin(), of_one.end());
  }
  return all;
}

std::vector<std::uint64_t> Bounds::generations_of(std::size_t journal) const {
  std::vector<std::uint64_t> all;
  for (const auto& [key, histories] : generations_) {
    if (key.first == journal) all.push_back(key.second);
  }
  return all;
}

Bounds::Span Bounds::end_of(const std::string& history, std::size_t journal, const Write& write,
                            std::uint64_t around) const {
  const std::uint64_t length = stream_length(journals_[journal].writer, write);
  if (write.mark.history != Mark::kNone)
    return {write.mark.offset + length, write.mark.offset + length + around};
  Span span{length, UINT64_MAX};
  if (const Timed* mark = mark_before(history, write))
    span.least = mark->offset + certainly_between(history, mark->since, write.sent) + length;
  if (const auto found = marks_.find(history); found != marks_.end()) {
    const auto& sent = found->second.sent;
    const auto after = std::ranges::upper_bound(sent, write.done, {}, &Timed::at);
    if (after != sent.end()) span.most = after->offset;
  }
  if (journals_[journal].one_loop) narrow_by_order(span, history, journal, write);
  return span;
}

void Bounds::narrow_by_order(Span& span, const std::string& history, std::size_t journal,
                             const Write& write) const {
  const Journal& of = journals_[journal];
  const auto& order = by_number_[journal];
  const auto number_of = [&](std::uint32_t at) { return of.writes[at].number; };
  const auto has_mark = [&](const Write& other) {
    return other.mark.history != Mark::kNone && of.histories[other.mark.history].id == history;
  };
  const auto place = std::ranges::lower_bound(order, write.number, {}, number_of);
  std::uint64_t bytes = stream_length(of.writer, write);
  for (auto at = place; at != order.begin();) {
    const Write& before = of.writes[*--at];
    const auto histories = histories_of(journal, before);
    if (histories.size() != 1 || *histories.begin() != history) break;
    bytes += stream_length(of.writer, before);
    if (!has_mark(before)) continue;
    span.least = std::max(span.least, before.mark.offset + bytes);
    break;
  }
  for (auto at = place; at != order.end(); ++at) {
    const Write& after = of.writes[*at];
    if (after.number == write.number) continue;
    if (has_mark(after)) span.most = std::min(span.most, after.mark.offset);
    if (after.mark.history != Mark::kNone) break;
  }
}

const Bounds::Timed* Bounds::mark_before(const std::string& history, const Write& write) const {
  const auto found = marks_.find(history);
  if (found == marks_.end()) return nullptr;
  const auto& done = found->second.done;
  const auto after = std::ranges::lower_bound(done, write.sent, {}, &Timed::at);
  return after == done.begin() ? nullptr : &*std::prev(after);
}

bool Bounds::is_of(const std::string& history, const Ended& ended) const {
  const auto histories = histories_of(ended.journal, journals_[ended.journal].writes[ended.write]);
  return histories.size() == 1 && *histories.begin() == history;
}

// Bytes of the writes that were sent after the one and acknowledged before the other.
std::uint64_t Bounds::certainly_between(const std::string& history, Micros since, Micros until) const {
  std::uint64_t bytes = 0;
  for (auto at = std::ranges::upper_bound(acknowledged_, since, {}, &Ended::done);
       at != acknowledged_.end() && at->done < until; ++at) {
    const Journal& journal = journals_[at->journal];
    const Write& write = journal.writes[at->write];
    if (write.sent > since && is_of(history, *at)) bytes += stream_length(journal.writer, write);
  }
  return bytes;
}

bool Bounds::has_room(const std::string& history, std::size_t journal, const Write& write, std::uint64_t cut,
                      const There& there) const {
  const Timed* mark = mark_before(history, write);
  if (mark == nullptr) return true;
  std::uint64_t end = mark->offset + stream_length(journals_[journal].writer, write);
  for (auto at = std::ranges::upper_bound(acknowledged_, mark->since, {}, &Ended::done);
       at != acknowledged_.end() && end <= cut; ++at) {
    const Write& other = journals_[at->journal].writes[at->write];
    const bool before = there[at->journal][at->write] || other.done < write.sent;
    if (before && other.sent > mark->since && is_of(history, *at))
      end += stream_length(journals_[at->journal].writer, other);
  }
  return end <= cut;
}

}  // namespace rediscovery::chaos
