// What one agent has registered on its own node, and the bodies of the requests that change it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "consul/answer.hpp"

namespace rediscovery::consul {

// A service with a check of its own that expires: without a word for `ttl_ms` the agent itself makes it
// critical.
struct AgentService {
  std::string id;
  std::string service;
  std::string address;
  std::uint16_t port = 0;
  std::vector<std::string> tags;
  Meta meta;
  Weights weights = {};
  friend bool operator==(const AgentService&, const AgentService&) = default;
  friend std::ostream& operator<<(std::ostream& out, const AgentService& service);
};

struct AgentCheck {
  std::string check_id;
  std::string name;
  std::string status;
  std::string output;
};

// The body of PUT /v1/agent/service/register. The agent's own register request, not a transaction's: the
// check is part of it, so that no service stands without one.
// Source: https://developer.hashicorp.com/consul/api-docs/agent/service#register-service
[[nodiscard]] nlohmann::json to_json(const AgentService& service, const AgentCheck& check,
                                     std::chrono::milliseconds ttl);
// The body of PUT /v1/agent/check/update/<id>.
// Source: https://developer.hashicorp.com/consul/api-docs/agent/check#ttl-check-update
[[nodiscard]] nlohmann::json update_of(const AgentCheck& check);

// GET /v1/agent/self: the name of the node that the agent registers on.
[[nodiscard]] Outcome<std::string> parse_agent_self(const HttpAnswer& answer);
// GET /v1/agent/services
[[nodiscard]] Outcome<std::vector<AgentService>> parse_agent_services(const HttpAnswer& answer);
// Any change: the agent's answer has no content.
[[nodiscard]] Outcome<bool> parse_done(const HttpAnswer& answer);

}  // namespace rediscovery::consul
