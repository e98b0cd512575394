// What a person who looks for a fault wants to know of Consul, beyond what the updater needs every day.
// Nothing here changes anything.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "consul/answer.hpp"
#include "consul/settings.hpp"
#include "core/time.hpp"

namespace rediscovery::consul {

// What one configured address answers.
struct AgentReport {
  std::string address;
  std::optional<Error> error;  // why the rest is not known
  bool has_leader = false;
  std::string version;                   // empty: the token may not read the agent
  std::string datacenter;                // the same
  std::vector<std::string> datacenters;  // all that it knows
};

struct TokenReport {
  bool acls_enabled = true;
  std::vector<std::string> policies;
  std::string expires;  // as Consul writes it; empty: never
  friend bool operator==(const TokenReport&, const TokenReport&) = default;
};

// The operations of a transaction that the token may not do, by their place.
using Denials = std::vector<std::size_t>;

// An index that no key ever has: a KvCas at it makes Consul refuse the whole transaction, but only after it
// has refused what the token may not do. (No larger number is read alike by every JSON library.)
inline constexpr std::uint64_t kImpossibleIndex = 9'007'199'254'740'991;

// I/O, in the calling thread, at most until `deadline`. No shared state: any thread.
[[nodiscard]] AgentReport examine_agent(const Settings& settings, const std::string& address,
                                        core::TimePoint deadline);
[[nodiscard]] Outcome<TokenReport> examine_token(const Settings& settings, const std::string& address,
                                                 core::TimePoint deadline);
// REQUIRES: the first of `operations` is a KvCas at kImpossibleIndex. Nothing is written.
[[nodiscard]] Outcome<Denials> try_transaction(const Settings& settings, const std::string& address,
                                               const std::vector<Operation>& operations,
                                               core::TimePoint deadline);

// The answers, pure.
[[nodiscard]] Outcome<bool> read_leader(const HttpAnswer& answer);
[[nodiscard]] Outcome<TokenReport> read_token(const HttpAnswer& answer);
[[nodiscard]] Outcome<Denials> read_trial(const HttpAnswer& answer);

}  // namespace rediscovery::consul
