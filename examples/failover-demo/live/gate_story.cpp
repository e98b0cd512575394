#include "live/gate_story.hpp"

#include <utility>

#include "report.hpp"

namespace rediscovery::demo::live {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLines = 60;
constexpr std::size_t kTook = 6;

struct ActWords {
  const char* kind;
  const char* hand;    // what the hand does
  const char* cause;   // where the phases begin
  const char* awaits;  // the state of the check that comes of it; none: the check has no part in it
  bool in;             // whether it ends in the answer
};

ActWords words_of(GateAct act) {
  switch (act) {
    case GateAct::take_redis:
      return {"fault", "Redis is taken away from ", "Redis gone", "critical", false};
    case GateAct::give_redis:
      return {"revived", "Redis is given back to ", "Redis back", "passing", true};
    case GateAct::admit:
      return {"revived", "st-api-gate admit ", "admitted", "", true};
    case GateAct::exclude:
      return {"fault", "st-api-gate exclude ", "excluded", "", false};
  }
  return {};
}

std::string reason_of(const std::string& held_by) {
  static const std::map<std::string, std::string> reasons{
      {"freeze", " (so many at once are not believed at first)"},
      {"rise", " (it must be passing for a while first)"},
      {"pause", " (who has left stays out for a while)"}};
  const auto found = reasons.find(held_by);
  return found == reasons.end() ? "" : found->second;
}

}  // namespace

std::string GateStory::named(std::size_t node) const {
  return nodes_.at(node).address + " (" + nodes_.at(node).id + ")";
}

void GateStory::add(const std::string& kind, const std::string& who, const std::string& text,
                    Clock::time_point at) {
  const bool is_act = kind == "fault" || kind == "revived";
  lines_.push_back({{"n", ++count_},
                    {"t_ms", rounded(at - start_)},
                    {"since_fault_ms", last_act_ && !is_act ? Json(rounded(at - *last_act_)) : Json(nullptr)},
                    {"kind", kind},
                    {"who", who},
                    {"text", text}});
  if (lines_.size() > kLines) lines_.pop_front();
}

void GateStory::acted(const GateOrder& order, Clock::time_point at) {
  const auto words = words_of(order.act);
  std::string names;
  for (const std::size_t node : order.nodes) {
    courses_[node] = {order.act, at, {}, {}};
    names += (names.empty() ? "" : ", ") + nodes_.at(node).id;
  }
  last_act_ = at;
  add(words.kind, "the operator", words.hand + names, at);
}

void GateStory::checked(std::size_t node, const std::string& status, Clock::time_point at) {
  const auto course = courses_.find(node);
  if (course != courses_.end() && status == words_of(course->second.act).awaits && !course->second.checked)
    course->second.checked = at;
  held_.erase(nodes_.at(node).address);
  add("check", "Consul", "the check of " + nodes_.at(node).id + " is " + status, at);
}

std::vector<Phase> GateStory::phases_of(const Course& course, Clock::time_point ended) const {
  const auto words = words_of(course.act);
  const std::string end =
      std::string(words.in ? "in the answer" : "out of the answer") + reason_of(course.held_by);
  if (!course.checked || *course.checked > ended)
    return {{std::string(words.cause) + " → " + end, ended - course.began}};
  const std::string check = std::string("check ") + words.awaits;
  return {{std::string(words.cause) + " → " + check, *course.checked - course.began},
          {check + " → " + end, ended - *course.checked}};
}

void GateStory::answered(std::size_t node, bool in, Clock::time_point at) {
  std::string text = named(node) + (in ? " is in the answer" : " is out of the answer");
  const auto found = courses_.find(node);
  if (found != courses_.end() && words_of(found->second.act).in == in) {
    const auto phases = phases_of(found->second, at);
    if (phases.size() == 2)
      text += ": " + in_words(phases[0].took) + " until Consul's check knew it, " + in_words(phases[1].took) +
              " of the gate";
    took_.push_back({{"id", nodes_.at(node).id},
                     {"in", in},
                     {"t_ms", rounded(at - start_)},
                     {"phases", to_json(phases)}});
    if (took_.size() > kTook) took_.pop_front();
    courses_.erase(found);
  }
  add(in ? "entered" : "left", "the DNS server", text, at);
}

void GateStory::told(const nlohmann::json& line, Clock::time_point at) {
  const std::string message = line.value("message", "");
  const std::string about = line.value("address", "") + " (" + line.value("who", "") + ")";
  if (message == "audit: added" || message == "audit: removed") {
    held_.erase(line.value("address", ""));
    add("gate", "st-api-gate", message + " " + about + ": " + line.value("why", ""), at);
  } else if (message.starts_with("held:")) {
    const std::string held_by = line.value("held_by", "");
    for (auto& [node, course] : courses_) {
      if (nodes_.at(node).address == line.value("address", "")) course.held_by = held_by;
    }
    if (held_by == "pace") return;  // a second at most, and of everything
    // The gate tells all that is held again when one of them is new.
    if (std::exchange(held_[line.value("address", "")], held_by) == held_by) return;
    add(held_by == "floor" || held_by == "freeze" ? "guard" : "gate", "st-api-gate",
        message + ", " + about + ": " + held_by + ", " + line.value("because", ""), at);
  } else if (message == "found" || message == "not now") {
    add("guard", "st-api-gate", message + ": " + line.value("what", line.value("reason", "")), at);
  }
}

void GateStory::trouble(const std::string& text, Clock::time_point at) { add("note", "the demo", text, at); }

Json GateStory::lines() const { return Json(Json::array_t(lines_.begin(), lines_.end())); }

Json GateStory::took() const { return Json(Json::array_t(took_.begin(), took_.end())); }

}  // namespace rediscovery::demo::live
