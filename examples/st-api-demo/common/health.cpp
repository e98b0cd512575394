#include "health.hpp"

namespace st_api {
namespace {

double milliseconds(std::chrono::microseconds span) { return static_cast<double>(span.count()) / 1000; }

Json to_json(const Probe& probe) {
  Json json = {{"ok", probe.ok}, {"ms", milliseconds(probe.took)}};
  if (!probe.problem.empty()) json["problem"] = probe.problem;
  return json;
}

std::string find_reason(const HealthInput& input) {
  if (!input.write.ok) return "the master does not take writes";
  if (input.read && !input.read->ok) return "no replica can be read";
  if (input.write.took >= input.slow) return "the master answers slowly";
  if (input.read && input.read->took >= input.slow) return "the replicas answer slowly";
  return {};
}

void add(Json& body, const rediscovery::Stats& stats) {
  body["master"] = stats.master;
  body["generation"] = stats.generation;
  body["suspect"] = stats.suspect;
  body["connections"] = stats.idle + stats.in_use;
  body["waiting"] = stats.waiting;
}

}  // namespace

Probe to_probe(const rediscovery::Result<rediscovery::Reply>& reply,
               std::chrono::steady_clock::time_point sent) {
  Probe probe;
  probe.ok = reply.has_value();
  probe.took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - sent);
  if (!probe.ok) probe.problem = to_string(reply.error().code());
  return probe;
}

Health judge(const HealthInput& input) {
  const std::string reason = find_reason(input);
  const bool critical = !input.write.ok;
  Health health;
  health.status = critical ? 503 : (reason.empty() ? 200 : 429);
  health.body["status"] = critical ? "critical" : (reason.empty() ? "passing" : "warning");
  if (!reason.empty()) health.body["reason"] = reason;
  health.body["write"] = to_json(input.write);
  if (input.read) health.body["replica_read"] = to_json(*input.read);
  add(health.body, input.stats);
  return health;
}

Health draining_health(const rediscovery::Stats& stats) {
  Health health{503, {{"status", "critical"}, {"reason", "shutting down"}}};
  add(health.body, stats);
  return health;
}

}  // namespace st_api
