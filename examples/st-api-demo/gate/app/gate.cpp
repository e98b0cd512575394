#include "gate.hpp"

#include <algorithm>
#include <random>

#include "common/log.hpp"
#include "core/subjects.hpp"

namespace st_gate {
namespace {

using st_api::Level;
using st_api::log;

double chance() {
  thread_local std::minstd_rand random{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(random);
}

bool shows(const Published& published, const Change& change) {
  return std::any_of(published.records.begin(), published.records.end(),
                     [&](const Record& record) { return record.address == change.address; });
}

// Entries that no gate has written are taken for exclusions, and named. Of admitted ones: otherwise the floor
// would sink with what the KV has lost.
Subjects read_subjects(const std::map<std::string, KvEntry>& entries, std::vector<std::string>& findings) {
  const std::string folder = "subjects/";
  Subjects subjects;
  for (const auto& [key, entry] : entries) {
    if (!key.starts_with(folder)) continue;
    const std::string name = key.substr(folder.size());
    auto subject = parse_subject(entry.value);
    if (!subject) {
      findings.push_back("the entry " + key + " cannot be understood: it counts as an exclusion; admit " +
                         name + ", and exclude it again if it is to stay out");
      subject = Subject{
          true, "", {}, Exclusion{"its entry in the KV cannot be understood", "nobody", {}, std::nullopt}};
    }
    subjects[name] = *std::move(subject);
  }
  return subjects;
}

}  // namespace

Gate::Gate(GateSettings settings, ConsulClient& consul, Backend& backend, Clock clock)
    : settings_(std::move(settings)), consul_(consul), backend_(backend), clock_(std::move(clock)) {}

Gate::Reading Gate::read() {
  Reading reading;
  auto health = consul_.health(settings_.service);
  reading.world.known_leader = health.known_leader;
  reading.world.index = health.index;
  reading.world.instances = std::move(health.instances);
  const auto entries = consul_.kv_list(settings_.kv_prefix);
  reading.world.subjects = read_subjects(entries, reading.findings);
  if (const auto entry = entries.find("memory"); entry != entries.end()) {
    reading.memory_index = entry->second.index;
    reading.memory = parse_memory(entry->second.value);
    if (!reading.memory)
      reading.findings.push_back(memory_key() + " cannot be understood: it is written anew");
  }
  reading.world.published = backend_.read();
  return reading;
}

Decision Gate::decide(const Reading& reading) const {
  auto decision =
      st_gate::decide(reading.world, reading.memory.value_or(Memory{}), settings_.rules, clock_());
  auto& findings = decision.plan.findings;
  findings.insert(findings.end(), reading.findings.begin(), reading.findings.end());
  return decision;
}

Pass Gate::pass() {
  Pass pass;
  // Who loses again and again waits: the others do the same work.
  constexpr int kTries = 5;
  try {
    for (int i = 0; i < kTries; ++i) {
      if (try_pass(pass)) return pass;
    }
    pass.problem = "others change the same records all the time";
  } catch (const ConsulError& problem) {
    pass.problem = problem.what();
  } catch (const BackendError& problem) {
    pass.problem = problem.what();
  }
  return pass;
}

bool Gate::try_pass(Pass& pass) {
  const Reading reading = read();
  Decision decision = decide(reading);
  // What is more than one request takes goes with the next; additions come first.
  constexpr std::size_t kMostChanges = 100;
  pass.more = decision.plan.changes.size() > kMostChanges;
  if (pass.more) decision.plan.changes.resize(kMostChanges);
  pass.plan = decision.plan;
  pass.wake = pass.more ? clock_() : decision.plan.wake;
  pass.paused = decision.memory.pace.failures > 0 &&
                std::any_of(pass.plan.held.begin(), pass.plan.held.end(),
                            [](const Held& held) { return held.hold == Hold::pace; });
  Memory next = std::move(decision.memory);
  if (!pass.plan.changes.empty())
    next = carried_out(std::move(next), pass.plan, reading.world, settings_.rules, clock_());
  // Before the write, so that of several gates one writes, and an update whose answer is lost was counted.
  const bool is_new = !reading.memory || next != *reading.memory;
  if (is_new && !consul_.kv_cas(memory_key(), to_json(next).dump(), reading.memory_index)) return false;
  return pass.plan.changes.empty() || write(pass, reading, next);
}

bool Gate::write(Pass& pass, const Reading& reading, const Memory& claimed) {
  const Written written = backend_.write(reading.world.published, pass.plan.changes);
  if (written.result == Written::Result::conflict) {
    log(Level::warning, "nothing was written", {{"reason", written.message}});
    return false;
  }
  if (written.result != Written::Result::done) {
    pass.problem = written.message;
    pass.hopeless = written.result == Written::Result::refused;
    const Time now = clock_();
    const double random = chance();
    const PaceState pace = after_failure(claimed.pace, settings_.rules, now, random, written.retry_after);
    pass.wake = pace.not_before;
    change_pace([&](const PaceState&) { return pace; });
    return true;
  }
  pass.done += pass.plan.changes.size();
  audit(pass.plan, reading.world);
  check_answer(pass.plan, pass);
  if (claimed.pace.failures != 0) change_pace(after_success);
  return true;
}

void Gate::change_pace(const std::function<PaceState(PaceState)>& change) {
  const auto entry = consul_.kv_get(memory_key());
  auto memory = entry ? parse_memory(entry->value) : std::nullopt;
  if (!memory) return;
  memory->pace = change(memory->pace);
  // Lost to another gate: its own next try will tell it the same.
  (void)consul_.kv_cas(memory_key(), to_json(*memory).dump(), entry->index);
}

// What a server has acknowledged it must also answer.
void Gate::check_answer(const Plan& plan, Pass& pass) {
  const Published published = backend_.read();
  for (const auto& change : plan.changes) {
    if (shows(published, change) == (change.move == Move::add)) continue;
    pass.problem = "the update was acknowledged, but " + change.address +
                   (change.move == Move::add ? " is not" : " is still") + " in the answer";
  }
}

void Gate::audit(const Plan& plan, const World& world) const {
  for (const auto& change : plan.changes) {
    log(Level::info, change.move == Move::add ? "audit: added" : "audit: removed",
        {{"address", change.address},
         {"who", change.who},
         {"why", change.why},
         {"by", settings_.author},
         {"at_server", backend_.name()},
         {"consul_index", world.index}});
  }
}

}  // namespace st_gate
