#include "updater/plan_text.hpp"

#include <nlohmann/json.hpp>
#include <ostream>

namespace rediscovery::updater {
namespace {

using nlohmann::json;

char sign(Step::Kind kind) {
  switch (kind) {
    case Step::Kind::add:
      return '+';
    case Step::Kind::remove:
      return '-';
    case Step::Kind::refresh:
      return '~';
    case Step::Kind::keep:
      return '=';
  }
  return '?';
}

std::string_view word(Step::Kind kind) {
  switch (kind) {
    case Step::Kind::add:
      return "add";
    case Step::Kind::remove:
      return "remove";
    case Step::Kind::refresh:
      return "refresh";
    case Step::Kind::keep:
      return "keep";
  }
  return "?";
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::up_to_date:
      return "up_to_date";
    case Verdict::change:
      return "change";
    case Verdict::superseded:
      return "superseded";
    case Verdict::conflict:
      return "conflict";
    case Verdict::refused:
      return "refused";
  }
  return "?";
}

std::string_view to_string(Cause cause) {
  switch (cause) {
    case Cause::none:
      return "none";
    case Cause::unreadable:
      return "unreadable";
    case Cause::unknown_master:
      return "unknown_master";
    case Cause::below_quorum:
      return "below_quorum";
    case Cause::stale_epoch:
      return "stale_epoch";
    case Cause::unannounced:
      return "unannounced";
    case Cause::given_up:
      return "given_up";
    case Cause::epoch_conflict:
      return "epoch_conflict";
    case Cause::sentinel_conflict:
      return "sentinel_conflict";
    case Cause::foreign_fence:
      return "foreign_fence";
    case Cause::foreign_master:
      return "foreign_master";
    case Cause::agent_node:
      return "agent_node";
    case Cause::node_address:
      return "node_address";
    case Cause::not_ours:
      return "not_ours";
  }
  return "?";
}

bool is_transient(Cause cause) { return cause == Cause::unreadable || cause == Cause::below_quorum; }

std::ostream& operator<<(std::ostream& out, Verdict verdict) { return out << to_string(verdict); }
std::ostream& operator<<(std::ostream& out, Cause cause) { return out << to_string(cause); }

std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << sign(step.kind) << " " << step.registration;
}

std::ostream& operator<<(std::ostream& out, const AgentStep& step) {
  return out << (step.kind == AgentStep::Kind::deregister ? "agent - " : "agent + ") << step.registration;
}

std::ostream& operator<<(std::ostream& out, const Plan& plan) {
  out << plan.master_name << ": " << plan.verdict;
  if (plan.cause != Cause::none) out << " (" << plan.cause << ")";
  out << ": " << plan.explanation << "\n";
  for (const auto& step : plan.steps) out << "  " << step << "\n";
  if (plan.deferred > 0) out << "  … and " << plan.deferred << " more changes in a following transaction\n";
  for (const auto& step : plan.agent_steps) out << "  " << step << "\n";
  for (const auto* lines : {&plan.warnings, &plan.left_out}) {
    for (const auto& line : *lines) out << "  ! " << line << "\n";
  }
  return out;
}

json to_json(const Plan& plan) {
  const auto fence = [](const Fence& record) {
    return json{{"epoch", record.epoch},
                {"address", record.address.to_string()},
                {"revision", record.revision},
                {"observed", record.observed.has_value()}};
  };
  json steps = json::array();
  for (const auto& step : plan.steps) {
    const auto& registration = step.registration;
    steps.push_back({{"action", word(step.kind)},
                     {"role", to_string(registration.role)},
                     {"address", registration.endpoint.to_string()},
                     {"service", registration.service},
                     {"node", registration.node},
                     {"id", registration.id}});
    if (registration.published) steps.back()["published"] = registration.published->to_string();
    if (registration.stand_in) steps.back()["stand_in"] = true;
  }
  json agent_steps = json::array();
  for (const auto& step : plan.agent_steps) {
    agent_steps.push_back({{"action", step.kind == AgentStep::Kind::deregister ? "deregister" : "register"},
                           {"role", to_string(step.registration.role)},
                           {"address", step.registration.endpoint.to_string()},
                           {"service", step.registration.service},
                           {"node", step.registration.node},
                           {"id", step.registration.id}});
  }
  const bool has_after = plan.verdict == Verdict::change || plan.verdict == Verdict::up_to_date;
  return {{"master", plan.master_name},
          {"verdict", to_string(plan.verdict)},
          {"cause", to_string(plan.cause)},
          {"explanation", plan.explanation},
          {"before", plan.before ? fence(*plan.before) : json()},
          {"after", has_after ? fence(plan.after) : json()},
          {"steps", steps},
          {"agent_steps", agent_steps},
          {"deferred", plan.deferred},
          {"warnings", plan.warnings},
          {"left_out", plan.left_out}};
}

}  // namespace rediscovery::updater
