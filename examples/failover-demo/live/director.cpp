#include "live/director.hpp"

#include <algorithm>
#include <utility>

#include "live/actions.hpp"

namespace rediscovery::demo::live {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kBetweenStates{100};
constexpr milliseconds kBetweenTicks{250};
// A lane that does not serve again by then will not do so by itself.
constexpr seconds kForLanes{15};
// A Redis that returns is a master for some ten seconds.
constexpr seconds kLongest{60};

Json rounded_or_null(const std::optional<Milliseconds>& span) {
  return span ? Json(rounded(*span)) : Json(nullptr);
}

struct Teller {
  const char* kind;
  const char* who;
};

Teller teller_of(What what) {
  switch (what) {
    case What::fault:
      return {"fault", "the operator"};
    case What::undone:
      return {"revived", "the operator"};
    case What::suspected:
      return {"evidence", "st-api's pool"};
    case What::agreed_down:
      return {"down", "the Sentinels"};
    case What::promoted:
      return {"promotion", "Redis"};
    case What::announced:
      return {"announced", "the Sentinels"};
    case What::name_moved:
      return {"named", "Consul's DNS"};
    case What::adopted:
      return {"adopted", "st-api's pool"};
    case What::write_resumed:
      return {"first_write", "a viewer"};
    case What::demoted:
      return {"note", "Redis"};
    default:
      return {"note", "the demo"};
  }
}

Json to_json(const LaneMeter::Count& count) {
  return {{"sent", count.sent},
          {"answered", count.answered},
          {"failed", count.failed},
          {"in_doubt", count.in_doubt}};
}

Json to_json(const LaneMeter::Tick& tick) {
  Json json = to_json(tick.count);
  json["waiting"] = tick.waiting;
  json["p50_ms"] = rounded_or_null(tick.median);
  json["p99_ms"] = rounded_or_null(tick.p99);
  json["max_ms"] = rounded_or_null(tick.longest);
  return json;
}

Json to_json(const LaneMeter::Course& course) {
  Json json = to_json(course.count);
  json["outage_ms"] = rounded_or_null(course.outage);
  json["longest_ms"] = rounded_or_null(course.longest);
  return json;
}

bool is_undoing(Fault fault) {
  return fault == Fault::resume || fault == Fault::revive || fault == Fault::dns_up ||
         fault == Fault::consul_up;
}

}  // namespace

Director::Director(Stage& stage, const Watch& watch, Moments& moments, Lanes& lanes, Hub& hub,
                   Clock::time_point start)
    : stage_(stage),
      watch_(watch),
      moments_(moments),
      lanes_(lanes),
      hub_(hub),
      start_(start),
      next_state_(start),
      next_tick_(start + kBetweenTicks) {}

double Director::since_start(Clock::time_point at) const { return rounded(Milliseconds(at - start_)); }

// The mutex is held.
std::optional<Fault> Director::busy() const {
  return running_ ? std::optional(running_->fault) : std::nullopt;
}

std::string Director::why_not_now(Fault fault) const {
  const auto situation = watch_.now();
  const std::lock_guard lock(mutex_);
  return why_not(fault, situation, busy());
}

bool Director::idle() const {
  const std::lock_guard lock(mutex_);
  return !running_;
}

std::optional<Clock::time_point> Director::last_fault() const {
  const std::lock_guard lock(mutex_);
  return last_fault_;
}

Press Director::press(const std::string& name) {
  const auto fault = find_fault(name);
  if (!fault) {
    std::string known;
    for (const auto& text : all_faults()) known += (known.empty() ? "" : ", ") + std::string(text.name);
    return {404, "unknown", "there is no such fault; there are " + known};
  }
  auto result = begin(*fault);
  // Who asks next is to find it under way.
  if (result.status == 202) tell_state();
  return result;
}

Press Director::begin(Fault fault) {
  const auto situation = watch_.now();
  const std::lock_guard lock(mutex_);
  if (const auto why = why_not(fault, situation, busy()); !why.empty()) {
    return {409, running_ ? "busy" : "not_now", why};
  }
  const auto text = describe(fault, situation);
  const auto agreement = find_agreement(situation);
  Running running;
  running.fault = fault;
  if (agreement.master) running.old_master = situation.nodes[*agreement.master].address;
  running.began = Clock::now();
  running.library = lanes_.library().begin_course(running.began);
  running.plain = lanes_.plain().begin_course(running.began);
  last_fault_ = running.began;
  moments_.add({running.began, is_undoing(fault) ? What::undone : What::fault, text});
  running_ = std::move(running);
  // The one before has ended: nothing runs.
  action_ = std::jthread([this, fault, situation] { carry_out_on_its_own(fault, situation); });
  return {};
}

void Director::carry_out_on_its_own(Fault fault, const Situation& situation) {
  try {
    carry_out(fault, situation, stage_);
  } catch (const std::exception& problem) {
    moments_.add(
        {Clock::now(), What::trouble,
         "\"" + std::string(text_of(fault).name) + "\" could not be carried out: " + problem.what()});
  }
  const std::lock_guard lock(mutex_);
  if (running_) running_->carried_out = Clock::now();
}

std::vector<Moment> Director::step() {
  const auto now = Clock::now();
  note_first_write();
  auto fresh = moments_.take_new();
  for (const auto& moment : fresh) tell_moment(moment);
  end_if_over(now);
  if (now >= next_state_) {
    next_state_ = now + kBetweenStates;
    tell_state();
  }
  if (now >= next_tick_) tell_tick(now);
  return fresh;
}

void Director::tell_moment(const Moment& moment) {
  std::optional<double> since_fault;
  {
    const std::lock_guard lock(mutex_);
    if (running_ && moment.at >= running_->began) {
      // On a machine that cannot keep up, a pool doubts its master again and again: a few words are enough.
      constexpr auto kMostDoubts = 5;
      const auto doubts = std::count_if(running_->moments.begin(), running_->moments.end(),
                                        [](const Moment& other) { return other.what == What::suspected; });
      if (moment.what == What::suspected && doubts >= kMostDoubts) return;
      running_->moments.push_back(moment);
      since_fault = rounded(Milliseconds(moment.at - running_->began));
    }
  }
  const auto [kind, who] = teller_of(moment.what);
  hub_.add_happening({{"n", ++happenings_},
                      {"t_ms", since_start(moment.at)},
                      {"since_fault_ms", since_fault ? Json(*since_fault) : Json(nullptr)},
                      {"kind", kind},
                      {"who", who},
                      {"text", moment.text}});
}

void Director::note_first_write() {
  const std::lock_guard lock(mutex_);
  if (!running_ || find(running_->moments, What::write_resumed)) return;
  const auto adopted = find(running_->moments, What::adopted);
  if (!adopted) return;
  if (const auto at = lanes_.library().first_ok_after(adopted->at)) {
    moments_.add({*at, What::write_resumed, "the first write is acknowledged by the new master"});
  }
}

// The mutex is held.
bool Director::is_settled(const Situation& situation) const {
  // What was seen before says nothing.
  if (!running_->carried_out || !watch_.is_newer_than(*running_->carried_out)) return false;
  if (running_->fault == Fault::dns_down) return !situation.names.answering;
  if (running_->fault == Fault::consul_down) return !situation.consul_answering;
  if (running_->fault == Fault::dns_up && !situation.names.answering && situation.consul_answering)
    return false;
  if (running_->fault == Fault::consul_up && !situation.consul_answering) return false;
  const auto agreement = find_agreement(situation);
  if (!agreement.master) return false;
  return !moves_master(running_->fault) || situation.nodes[*agreement.master].address != running_->old_master;
}

// Whatever was sent before has ended, and something that was sent after it was answered.
bool Director::lanes_serve(Clock::time_point since) const {
  for (LaneMeter* lane : {&lanes_.library(), &lanes_.plain()}) {
    const auto oldest = lane->oldest_waiting();
    if (!lane->first_ok_after(since) || (oldest && *oldest <= since)) return false;
  }
  return true;
}

void Director::end_if_over(Clock::time_point now) {
  const auto situation = watch_.now();
  FaultSummary summary;
  {
    const std::lock_guard lock(mutex_);
    if (!running_) return;
    if (!is_settled(situation)) {
      running_->settled.reset();
    } else if (!running_->settled) {
      running_->settled = now;
    }
    const bool over =
        running_->settled && (lanes_serve(*running_->settled) || now - running_->began > kForLanes);
    const bool given_up = running_->carried_out && now - running_->began > kLongest;
    if (!over && !given_up) return;
    summary = {
        std::string(text_of(running_->fault).name), now, find_phases(running_->began, running_->moments),
        lanes_.library().end_course(running_->library, now), lanes_.plain().end_course(running_->plain, now)};
    running_.reset();
  }
  tell_summary(summary);
  tell_state();
}

void Director::tell_summary(const FaultSummary& summary) {
  hub_.add_summary({{"fault", summary.fault},
                    {"t_ms", since_start(summary.ended)},
                    {"phases", to_json(summary.phases)},
                    {"library", to_json(summary.library)},
                    {"plain", to_json(summary.plain)}});
}

// Any thread.
void Director::tell_state() {
  const auto situation = watch_.now();
  Json state = to_json(situation);
  {
    const std::lock_guard lock(mutex_);
    state["busy"] =
        running_ ? Json{{"fault", text_of(running_->fault).name}, {"since_ms", since_start(running_->began)}}
                 : Json(nullptr);
    Json& faults = state["faults"] = Json::object();
    for (const auto& text : all_faults()) {
      const auto why = why_not(text.fault, situation, busy());
      Json& entry = faults[std::string(text.name)] = {{"enabled", why.empty()}};
      if (!why.empty()) entry["why"] = why;
    }
  }
  hub_.set_state(since_start(Clock::now()), state);
}

void Director::tell_tick(Clock::time_point now) {
  next_tick_ += kBetweenTicks;
  if (next_tick_ < now) next_tick_ = now + kBetweenTicks;
  hub_.add_tick(
      {{"t_ms", since_start(now)},
       {"lanes",
        {{"library", to_json(lanes_.library().take_tick())}, {"plain", to_json(lanes_.plain().take_tick())}}},
       {"totals",
        {{"library", to_json(lanes_.library().totals())}, {"plain", to_json(lanes_.plain().totals())}}}});
}

}  // namespace rediscovery::demo::live
