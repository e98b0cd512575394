// The language in which the engine's tests are written: what was asked of the world, call by call.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <rediscovery/event.hpp>

#include "core/node_report.hpp"
#include "engine/discovery.hpp"

namespace rediscovery::engine {

using Calls = std::vector<std::string>;

inline std::string written(Name name) { return name == Name::master ? "master" : "replicas"; }

inline std::string written(EventKind kind, const std::string& endpoint, const std::string& reason) {
  std::string text = "tell " + std::string(to_string(kind));
  if (!endpoint.empty()) text += " " + endpoint;
  if (!reason.empty()) text += " (" + reason + ")";
  return text;
}

inline core::NodeReport master_of(std::string id, std::string previous = "", std::string run = "run-1") {
  core::NodeReport report;
  report.role = core::Role::master;
  report.run_id = std::move(run);
  report.lineage = {std::move(id), std::move(previous), -1};
  return report;
}

inline core::NodeReport replica_of(const core::Endpoint& master, std::string run = "run-1") {
  core::NodeReport report;
  report.role = core::Role::replica;
  report.run_id = std::move(run);
  report.master = master;
  return report;
}

inline const core::Endpoint kA{"10.0.0.1", 6379, ""};
inline const core::Endpoint kB{"10.0.0.2", 6379, ""};
inline const core::Endpoint kC{"10.0.0.3", 6379, ""};
inline const core::Endpoint kD{"10.0.0.4", 6379, ""};

}  // namespace rediscovery::engine
