// What Consul's HTTP check is to be told.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <rediscovery/reply.hpp>
#include <rediscovery/result.hpp>
#include <rediscovery/stats.hpp>

#include "log.hpp"

namespace st_api {

// A command that was sent in order to see whether it is answered.
struct Probe {
  bool ok = false;
  std::chrono::microseconds took{0};
  std::string problem;  // the name of the error; empty: none
};
[[nodiscard]] Probe to_probe(const rediscovery::Result<rediscovery::Reply>& reply,
                             std::chrono::steady_clock::time_point sent);

struct HealthInput {
  Probe write;                          // of the master
  std::optional<Probe> read;            // of a replica; none: replicas are not configured
  std::chrono::milliseconds slow{250};  // from then on an answer counts as degraded
  rediscovery::Stats stats;
};

// As Consul reads it (https://developer.hashicorp.com/consul/docs/services/usage/checks): 200 is passing, 429
// a warning, with which the instance stays in DNS, all else critical, which takes it out.
struct Health {
  int status = 503;
  Json body;
};

// Critical without a master that takes writes. A warning for all that still works but
// needs somebody to look: no replica to read from, or slow answers.
[[nodiscard]] Health judge(const HealthInput& input);
// Of a service that is about to end: critical, whatever Redis is like.
[[nodiscard]] Health draining_health(const rediscovery::Stats& stats);

}  // namespace st_api
