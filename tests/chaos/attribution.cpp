#include "chaos/attribution.hpp"

#include <algorithm>
#include <set>
#include <sstream>
#include <unordered_map>

#include "chaos/bounds.hpp"

namespace rediscovery::chaos {
namespace {

// SELECT, MULTI and EXEC may stand around a write.
constexpr std::uint64_t kAround = 64;
// From a promotion until whoever has a connection to the promoted node is there. It takes milliseconds; but
// it may be that the connection had just broken, and names do not tell either.
constexpr Micros kTimeToLeave = 5'000'000;
// Of what is lost.
constexpr std::uint64_t kMostUndecidedPercent = 1;
constexpr std::uint64_t kFewUndecided = 10;

std::string name_of(const Journal& journal, const Write& write) {
  return journal.writer + ":" + std::to_string(write.thread) + " write " + std::to_string(write.number);
}

class Judge {
 public:
  Judge(const std::vector<Journal>& journals, Histories histories, const Remains& remains)
      : journals_(journals),
        histories_(std::move(histories)),
        remains_(remains),
        final_root_(histories_.root_of(remains.history)),
        bounds_(journals) {
    judgement_.counts.resize(journals.size());
  }

  Judgement run() {
    for (std::size_t i = 0; i < journals_.size(); ++i) look_for(i);
    for (std::size_t i = 0; i < journals_.size(); ++i) {
      for (std::size_t k = 0; k < journals_[i].writes.size(); ++k) count(i, k);
      look_back(i);
      look_for_order(i);
    }
    look_for_proof();
    return std::move(judgement_);
  }

 private:
  struct Verdict {
    Whose whose{};
    std::string why;
    std::string history{};
    std::uint64_t end = 0;
    std::uint64_t kept = 0;
  };

  void look_for(std::size_t index) {
    const Journal& journal = journals_[index];
    auto there = pushes_of(index);
    auto& found = there_.emplace_back();
    for (const auto& write : journal.writes) found.push_back(is_there(index, write, there));
    for (const auto& write : journal.writes) {
      if (write.kind != WriteKind::bit) there[write.thread].erase(write.number);
    }
    // What is left was in flight when its writer's record ended, or nobody's.
    std::map<std::uint32_t, std::uint64_t> last;
    for (const auto& write : journal.writes) last[write.thread] = std::max(last[write.thread], write.number);
    for (const auto& [thread, numbers] : there) {
      for (const auto& [number, times] : numbers) {
        const Write push{thread, WriteKind::push, number, 0, 0, 0, 0, Outcome::in_doubt, {}};
        if (number <= last[thread]) judgement_.unknown.push_back(name_of(journal, push));
      }
    }
  }

  using Times = std::unordered_map<std::uint64_t, unsigned>;
  std::map<std::uint32_t, Times> pushes_of(std::size_t index) {
    std::map<std::uint32_t, Times> there;
    for (const auto& [key, numbers] : remains_.pushes) {
      if (key.first != index) continue;
      for (const auto number : numbers) {
        if (++there[key.second][number] != 2) continue;
        const Write push{key.second, WriteKind::push, number, 0, 0, 0, 0, Outcome::acknowledged, {}};
        judgement_.doubled.push_back(name_of(journals_[index], push));
      }
    }
    return there;
  }

  bool is_there(std::size_t index, const Write& write, std::map<std::uint32_t, Times>& pushes) {
    if (write.kind != WriteKind::bit) return pushes[write.thread].contains(write.number);
    const auto found = remains_.bits.find({index, write.thread});
    if (found == remains_.bits.end() || write.number / 8 >= found->second.size()) return false;
    const auto byte = static_cast<unsigned char>(found->second[write.number / 8]);
    return ((byte >> (7 - write.number % 8)) & 1U) != 0;
  }

  void count(std::size_t index, std::size_t place) {
    const Write& write = journals_[index].writes[place];
    const bool there = there_[index][place];
    Counts& counts = judgement_.counts[index];
    switch (write.outcome) {
      case Outcome::not_executed:
        ++counts.not_executed;
        if (there) judgement_.resurrected.push_back(name_of(journals_[index], write));
        return;
      case Outcome::in_doubt:
        ++counts.in_doubt;
        counts.in_doubt_there += there ? 1 : 0;
        return;
      case Outcome::error:
        ++counts.errors;
        judgement_.wrong.push_back(name_of(journals_[index], write));
        return;
      case Outcome::acknowledged:
        break;
    }
    ++counts.acknowledged;
    if (there) return;
    Verdict verdict = judge_loss(index, write);
    ++(verdict.whose == Whose::redis  ? counts.lost_by_redis
       : verdict.whose == Whose::ours ? counts.lost_by_us
                                      : counts.undecided);
    judgement_.losses.push_back({index, place, verdict.whose, std::move(verdict.why),
                                 std::move(verdict.history), verdict.end, verdict.kept});
  }

  Verdict judge_loss(std::size_t index, const Write& write) {
    const std::set<std::string> possible = bounds_.histories_of(index, write);
    if (possible.empty()) return {Whose::undecided, "no mark tells the history of its generation"};
    // After the generation is another, the loop gives no acknowledgement of the history before.
    if (journals_[index].one_loop && write.mark.history != Mark::kNone && possible.size() == 1) {
      for (const auto& now : bounds_.histories_of(index, write.generation_after)) {
        if (histories_.is_ancestor(*possible.begin(), now))
          return {Whose::ours,
                  "acknowledged by " + *possible.begin() + " after the client had adopted " + now};
      }
    }
    for (const auto& before : bounds_.histories_of(index, write.generation_before)) {
      if (possible.size() == 1 && histories_.is_ancestor(*possible.begin(), before))
        return {Whose::ours,
                "acknowledged by " + *possible.begin() + " and sent after the client had adopted " + before};
    }
    std::vector<Verdict> verdicts;
    for (const auto& history : possible) verdicts.push_back(judge_in(history, index, write));
    const bool same = std::ranges::all_of(
        verdicts, [&](const Verdict& verdict) { return verdict.whose == verdicts.front().whose; });
    if (same) return verdicts.front();
    std::string why = "in flight when the client went on to another history:";
    for (const auto& verdict : verdicts) why += " either " + verdict.why + ";";
    return {Whose::undecided, why};
  }

  Verdict judge_in(const std::string& history, std::size_t index, const Write& write) {
    const auto kept = histories_.kept(history, remains_.history);
    std::ostringstream why;
    if (!kept) {
      why << "history " << history << " is none of the final master's: ";
      const auto root = histories_.root_of(history);
      if (!root || !final_root_)
        return {Whose::undecided, why.str() + "and nobody saw where one of them came from", history};
      if (root != final_root_)
        return {Whose::ours, why.str() + "it began anew, and the client followed it", history};
      return {Whose::redis, why.str() + "nobody went on with it", history};
    }
    const Bounds::Span end = bounds_.end_of(history, index, write, kAround);
    why << "history " << history << ", ended between " << end.least << " and ";
    if (end.most == Histories::kAll)
      why << "unknown";
    else
      why << end.most;
    why << ", and the final master has it up to ";
    if (*kept == Histories::kAll)
      why << "its present end";
    else
      why << *kept;
    Verdict verdict{Whose::redis, why.str(), history, end.least, *kept};
    if (*kept == Histories::kAll || end.most <= *kept) {
      verdict.whose = Whose::ours;
    } else if (end.least <= *kept) {
      if (bounds_.has_room(history, index, write, *kept, there_))
        verdict.whose = Whose::undecided;
      else
        verdict.why += ", all of it taken by writes that are there";
    }
    const auto [successor, seen] = histories_.successor(history, remains_.history);
    if (*kept != Histories::kAll && journals_[index].knows_replicas && seen != 0 &&
        write.sent > seen + kTimeToLeave) {
      verdict.whose = Whose::ours;
      verdict.why += "; sent " + std::to_string((write.sent - seen) / 1000) + " ms after " + successor +
                     " had been promoted";
    }
    return verdict;
  }

  void look_back(std::size_t index) {
    const auto generations = bounds_.generations_of(index);
    for (std::size_t i = 1; i < generations.size(); ++i) {
      for (const auto& before : bounds_.histories_of(index, generations[i - 1])) {
        for (const auto& after : bounds_.histories_of(index, generations[i])) {
          if (histories_.is_ancestor(after, before) && histories_.kept(before, remains_.history))
            judgement_.went_back.push_back(journals_[index].writer + ": generation " +
                                           std::to_string(generations[i]) + " is " + after + ", which " +
                                           before + " of the generation before has come out of");
        }
      }
    }
  }

  // One connection carries a thread's writes, and what is sent again keeps its place: so they are in the list
  // in the order of the calls. What is in doubt may have been executed at any time.
  void look_for_order(std::size_t index) {
    const Journal& journal = journals_[index];
    std::map<std::uint32_t, std::set<std::uint64_t>> acknowledged;
    for (const auto& write : journal.writes) {
      if (write.outcome == Outcome::acknowledged && write.kind != WriteKind::bit)
        acknowledged[write.thread].insert(write.number);
    }
    for (const auto& [key, numbers] : remains_.pushes) {
      if (key.first != index) continue;
      std::uint64_t last = 0;
      for (const auto number : numbers) {
        if (!acknowledged[key.second].contains(number)) continue;
        if (number < last)
          judgement_.misordered.push_back(journal.writer + ":" + std::to_string(key.second) + " write " +
                                          std::to_string(number) + " after " + std::to_string(last));
        last = std::max(last, number);
      }
    }
  }

  void look_for_proof() {
    if (!final_root_)
      judgement_.unproven.emplace_back("the final master's histories are not known back to the first");
    std::uint64_t undecided = 0;
    for (const auto& counts : judgement_.counts) undecided += counts.undecided;
    if (undecided > kFewUndecided + judgement_.losses.size() * kMostUndecidedPercent / 100)
      judgement_.unproven.push_back("of " + std::to_string(judgement_.losses.size()) + " lost writes " +
                                    std::to_string(undecided) + " are undecided");
  }

  const std::vector<Journal>& journals_;
  Histories histories_;
  const Remains& remains_;
  const std::optional<std::string> final_root_;
  Bounds bounds_;
  Bounds::There there_;
  Judgement judgement_;
};

}  // namespace

bool Judgement::ours() const {
  return !doubled.empty() || !resurrected.empty() || !unknown.empty() || !went_back.empty() ||
         !misordered.empty() || !wrong.empty() ||
         std::ranges::any_of(counts, [](const Counts& each) { return each.lost_by_us > 0; });
}

Judgement judge(const std::vector<Journal>& journals, Histories histories, const Remains& remains) {
  for (const auto& journal : journals) {
    for (const auto& history : journal.histories) histories.add(history);
  }
  return Judge(journals, std::move(histories), remains).run();
}

}  // namespace rediscovery::chaos
