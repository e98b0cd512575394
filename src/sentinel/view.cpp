#include "sentinel/view.hpp"

#include <ostream>

namespace rediscovery::sentinel {

std::string_view to_string(ReplicaState state) {
  switch (state) {
    case ReplicaState::healthy:
      return "healthy";
    case ReplicaState::lagging:
      return "lagging";
    case ReplicaState::unknown:
      return "unknown";
    case ReplicaState::down:
      return "down";
  }
  return "?";
}

std::string_view to_string(Reading reading) {
  switch (reading) {
    case Reading::ok:
      return "ok";
    case Reading::unreachable:
      return "unreachable";
    case Reading::refused:
      return "refused";
    case Reading::unknown_master:
      return "unknown_master";
    case Reading::unusable:
      return "unusable";
  }
  return "?";
}

std::ostream& operator<<(std::ostream& out, ReplicaState state) { return out << to_string(state); }
std::ostream& operator<<(std::ostream& out, Reading reading) { return out << to_string(reading); }

std::ostream& operator<<(std::ostream& out, const ReplicaView& view) {
  out << view.endpoint << " " << view.state;
  return view.run_id.empty() ? out : out << " run " << view.run_id;
}

std::ostream& operator<<(std::ostream& out, const MasterView& view) {
  out << view.address;
  if (!view.run_id.empty()) out << " run " << view.run_id;
  out << " epoch " << view.epoch << " quorum " << view.quorum << " others " << view.other_sentinels
      << " replicas [";
  const char* separator = "";
  for (const auto& replica : view.replicas) {
    out << separator << replica;
    separator = ", ";
  }
  return out << "]" << (view.failing_over ? " failing over" : "");
}

std::ostream& operator<<(std::ostream& out, const Observation& observation) {
  out << "Sentinel " << observation.sentinel << ": " << observation.reading;
  if (!observation.problem.empty()) out << " (" << observation.problem << ")";
  if (observation.view) out << " " << *observation.view;
  return out;
}

}  // namespace rediscovery::sentinel
