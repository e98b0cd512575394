#include "decide.hpp"

#include <algorithm>
#include <set>

#include "guard.hpp"
#include "subjects.hpp"

namespace st_gate {
namespace {

// What is known of one address, from the best of the instances that have it.
struct Candidate {
  std::string who;
  std::string why;
  // From the worst to the best; who must stay although it should not is chosen by it, too. Unwanted:
  // excluded, and never admitted.
  enum class Rank { gone, unwanted, excluded, new_here, critical, falling, warning, rising, passing };
  Rank rank = Rank::gone;
  Time since{};
  std::optional<Time> at;  // rising, falling: until then
  Hold hold = Hold::rise;
};

// An ID alone is not enough: each node of Consul has its own, and hosts with the same service definition the
// same one.
std::string key_of(const Instance& instance) { return instance.node + "/" + instance.id; }

std::string name_of(const Instance& instance) { return instance.id + " on " + instance.node; }

bool better(const Candidate& left, const Candidate& right) {
  return left.rank != right.rank ? left.rank > right.rank : left.since > right.since;
}

class Decider {
 public:
  Decider(const World& world, const Memory& memory, const Rules& rules, Time now)
      : world_(world), rules_(rules), now_(now), memory_(not_after(memory, now, rules)) {}

  Decision decide() {
    for (const auto& record : world_.published.records)
      (record.ours ? ours_ : others_).insert(record.address);
    if (!world_.known_leader) return stand_still("Consul has no leader");
    if (world_.subjects.empty() && !ours_.empty())
      return stand_still("the list of the admitted is empty although records are published");
    look_at_instances();
    count();
    const auto wanted = compare();
    guard(wanted);
    hold_for_pace();
    std::sort(plan_.changes.begin(), plan_.changes.end(), [](const Change& left, const Change& right) {
      return std::pair(left.move, left.address) < std::pair(right.move, right.address);
    });
    return {std::move(plan_), std::move(memory_), floor_of(rules_, registered_), registered_};
  }

 private:
  Decision stand_still(const std::string& why) {
    plan_.frozen = true;
    plan_.findings.push_back("nothing is changed: " + why);
    return {std::move(plan_), std::move(memory_)};
  }

  void wake_at(std::optional<Time> time) {
    if (time && *time > now_ && (!plan_.wake || *time < *plan_.wake)) plan_.wake = time;
  }

  const Seen& see(const Instance& instance) {
    const auto [entry, first] = memory_.instances.try_emplace(key_of(instance), Seen{false, now_, {}});
    Seen& seen = entry->second;
    if (first) {
      // Of one that is in the answer already, somebody has decided before.
      const bool in = ours_.count(instance.address) != 0;
      seen.good = in || instance.health == Health::passing;
      if (in) seen.since = {};
    }
    if (instance.health != Health::warning && seen.good != (instance.health == Health::passing)) {
      seen.good = !seen.good;
      seen.since = now_;
    }
    return seen;
  }

  Candidate judge_one(const Instance& instance) {
    using Rank = Candidate::Rank;
    const Seen& seen = see(instance);
    const bool in = ours_.count(instance.address) != 0;
    Candidate one{name_of(instance), to_text(instance.health), Rank::passing, seen.since, {}, {}};
    const Admission admission = judge(instance, world_.subjects, now_);
    wake_at(admission.changes);
    if (!admission.allowed) {
      one.why = admission.why;
      const Rank out = admission.admitted ? Rank::excluded : Rank::unwanted;
      one.rank = admission.by_hand ? out : Rank::new_here;
    } else if (instance.health == Health::warning) {
      one.rank = Rank::warning;
    } else if (instance.health == Health::critical) {
      const bool falling = in && seen.since + rules_.fall > now_;
      one.rank = falling ? Rank::falling : Rank::critical;
      if (falling) one.at = seen.since + rules_.fall, one.hold = Hold::fall;
    } else if (!in && std::max(seen.since + rules_.rise, seen.left + rules_.hold) > now_) {
      const bool paused = seen.left + rules_.hold > seen.since + rules_.rise;
      one.rank = Rank::rising;
      one.at = paused ? seen.left + rules_.hold : seen.since + rules_.rise;
      one.hold = paused ? Hold::pause : Hold::rise;
    }
    return one;
  }

  void look_at_instances() {
    std::set<std::string> registered;
    for (const auto& instance : world_.instances) {
      registered.insert(key_of(instance));
      if (instance.address.empty()) {
        plan_.findings.push_back(name_of(instance) + " has no numeric address: it cannot be published");
        continue;
      }
      const Candidate one = judge_one(instance);
      const auto [entry, first] = candidates_.try_emplace(instance.address, one);
      if (!first && better(one, entry->second)) entry->second = one;
    }
    for (const auto& address : ours_)
      candidates_.try_emplace(address,
                              Candidate{"-", "not registered any more", Candidate::Rank::gone, {}, {}, {}});
    std::erase_if(memory_.instances, [&](const auto& entry) {
      return registered.count(entry.first) == 0 && entry.second.left + rules_.hold <= now_;
    });
  }

  // The good ones, whether they are in yet or not; the first count is the answer itself, which was right for
  // somebody.
  void count() {
    using Rank = Candidate::Rank;
    std::size_t healthy = 0;
    for (const auto& [address, one] : candidates_) {
      healthy += one.rank >= Rank::warning ? 1 : 0;
      // Whom nobody has admitted counts only as long as it is in the answer.
      const bool admitted = one.rank == Rank::excluded || one.rank > Rank::new_here;
      if (admitted || (one.rank != Rank::gone && ours_.count(address) != 0)) ++registered_;
    }
    if (!memory_.healthy) memory_.healthy = ours_.size();
    memory_ = count_healthy(std::move(memory_), healthy, rules_, now_);
  }

  void hold(const Change& change, Hold hold, std::string why) {
    plan_.held.push_back({change, hold, std::move(why)});
  }

  // The removals that health asks for; additions go into the plan.
  std::vector<Change> compare() {
    using Rank = Candidate::Rank;
    std::vector<Change> removals;
    for (const auto& [address, one] : candidates_) {
      const bool in = ours_.count(address) != 0;
      const Change change{in ? Move::remove : Move::add, address, one.who, one.why};
      if (others_.count(address) != 0 && !in) {
        if (one.rank < Rank::warning)
          plan_.findings.push_back(address + " (" + one.who + ", " + one.why +
                                   ") is in the answer, but not ours to remove");
      } else if (one.at) {
        hold(change, one.hold, "until " + to_text(*one.at));
        wake_at(one.at);
      } else if (in && one.rank < Rank::falling) {
        removals.push_back(change);
      } else if (!in && one.rank == Rank::passing) {
        plan_.changes.push_back(change);
      }
    }
    return removals;
  }

  void guard(std::vector<Change> removals) {
    if (const auto shrink = suspicious_shrink(memory_, rules_); shrink && !removals.empty()) {
      const std::string why = std::to_string(*memory_.healthy) + " are healthy, of " +
                              std::to_string(shrink->best) + " a short while ago; believed at " +
                              to_text(shrink->believed_at);
      for (const auto& change : removals) hold(change, Hold::freeze, why);
      wake_at(shrink->believed_at);
      return;
    }
    // The best stay.
    std::stable_sort(removals.begin(), removals.end(), [this](const Change& left, const Change& right) {
      return better(candidates_.at(right.address), candidates_.at(left.address));
    });
    const std::size_t floor = floor_of(rules_, registered_);
    const std::size_t after = ours_.size() + plan_.changes.size();
    const std::size_t spare = after > floor ? after - floor : 0;
    for (std::size_t i = 0; i < removals.size(); ++i) {
      if (i < spare) {
        plan_.changes.push_back(removals[i]);
      } else {
        hold(removals[i], Hold::floor,
             "at least " + std::to_string(floor) + " of " + std::to_string(registered_) + " stay");
      }
    }
  }

  void hold_for_pace() {
    const Time next = next_update(memory_.pace, rules_, now_);
    if (next <= now_ || plan_.changes.empty()) return;
    for (const auto& change : plan_.changes) hold(change, Hold::pace, "until " + to_text(next));
    plan_.changes.clear();
    wake_at(next);
  }

  const World& world_;
  const Rules& rules_;
  Time now_;
  Memory memory_;
  Plan plan_;
  std::set<std::string> ours_;
  std::set<std::string> others_;
  std::map<std::string, Candidate> candidates_;  // by address
  std::size_t registered_ = 0;
};

}  // namespace

Decision decide(const World& world, const Memory& memory, const Rules& rules, Time now) {
  return Decider(world, memory, rules, now).decide();
}

Memory carried_out(Memory memory, const Plan& plan, const World& world, const Rules& rules, Time now) {
  memory.pace = after_update(memory.pace, rules, now);
  for (const auto& change : plan.changes) {
    if (change.move == Move::add) continue;
    for (const auto& instance : world.instances) {
      const auto seen = memory.instances.find(key_of(instance));
      // Whom somebody has taken out by hand may be put back at once.
      if (instance.address == change.address && instance.health == Health::critical &&
          seen != memory.instances.end())
        seen->second.left = now;
    }
  }
  return memory;
}

}  // namespace st_gate
