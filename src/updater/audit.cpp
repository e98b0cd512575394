#include "updater/audit.hpp"

#include <array>
#include <cstdio>
#include <sstream>

namespace rediscovery::updater {

std::string to_text(core::Duration span) {
  std::array<char, 32> text{};
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(span).count();
  std::snprintf(text.data(), text.size(), "%.1fms", static_cast<double>(us) / 1000);
  return text.data();
}

std::string audit_line(const Change& change, const std::string& trigger) {
  const Plan& plan = change.plan;
  std::ostringstream line;
  line << "master=" << plan.master_name << " who=" << plan.after.writer << " trigger=\"" << trigger
       << "\" epoch=";
  if (plan.before)
    line << plan.before->epoch;
  else
    line << "none";
  line << "->" << plan.after.epoch << " from=";
  if (plan.before)
    line << plan.before->address;
  else
    line << "none";
  line << " to=" << plan.after.address << " index=" << change.index << " changes=[";
  const char* separator = "";
  for (const auto& step : plan.steps) {
    if (step.kind == Step::Kind::keep) continue;
    line << separator
         << (step.kind == Step::Kind::add      ? "+"
             : step.kind == Step::Kind::remove ? "-"
                                               : "~")
         << step.registration.role << " " << step.registration.endpoint;
    if (step.registration.published) line << " at " << *step.registration.published;
    separator = ", ";
  }
  line << "]";
  if (const auto& seen = change.visibility)
    line << " dns=" << (seen->after ? to_text(*seen->after) : "not_visible");
  return line.str();
}

void log_change(Log& log, const Change& change, const std::string& trigger) {
  log.write(Level::audit, audit_line(change, trigger));
  const auto& seen = change.visibility;
  if (!seen || seen->after) return;
  log.write(Level::warning, change.plan.master_name + ": Consul has " + seen->master.to_string() +
                                " as the master, but its DNS does not show it: " + seen->problem);
}

}  // namespace rediscovery::updater
