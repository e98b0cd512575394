// One failover, and what each client went through.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client.hpp"
#include "write.hpp"

namespace rediscovery::bench {

enum class Fault { kill, hang, planned };
[[nodiscard]] std::string to_string(Fault fault);

// Milliseconds since the fault.
struct ClientRun {
  std::string client;
  // Of the times that ended later, the longest …
  double outage = 0;                      // … without an acknowledgement of a write that is not lost
  double unanswered = 0;                  // … without any acknowledgement
  std::optional<double> after_promotion;  // from it to the first write acknowledged later that is not lost
  std::size_t acknowledged = 0;
  std::size_t failed = 0;
  std::size_t in_doubt = 0;
  std::size_t lost = 0;  // acknowledged, and not on the final master

  // For the picture: in which steps of kStep, from kBefore before the fault, there was what.
  static constexpr std::chrono::milliseconds kStep{10};
  static constexpr std::chrono::milliseconds kBefore{500};
  std::vector<int> kept_steps;
  std::vector<int> lost_steps;
  std::vector<int> failed_steps;  // or in doubt
};

struct Run {
  double promoted = 0;
  double named = 0;      // in Consul's DNS
  double announced = 0;  // the first +switch-master
  double announced_last = 0;
  std::vector<ClientRun> clients;
};

// Starts servers and clients, lets the fault happen, waits until all clients write to the new master or half
// a minute has passed.
Run run_failover(Fault fault, const ClientSettings& settings);

}  // namespace rediscovery::bench
