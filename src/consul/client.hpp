// Consul's HTTP API, as far as roles need it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "consul/agent.hpp"
#include "consul/answer.hpp"
#include "consul/http.hpp"
#include "consul/settings.hpp"

namespace rediscovery::consul {

// Several addresses are tried in turn, beginning with the one that answered last, or after the one that
// failed last; another is only tried when one cannot be reached or says that it cannot serve. Each try gets
// its share of the time that is left, so that one which is silent does not keep the others from being asked.
// Repeating a transaction that way is safe as long as it holds a KvCas: at most one of the tries can find its
// index.
//
// When Consul refuses the token and the file that it came from holds another one by now, the request is made
// once more, with that one: tokens are rotated while the daemon runs.
//
// One thread at a time. Every function waits at most until `deadline`.
class Client {
 public:
  // REQUIRES: settings that complete() has filled. `cancel_fd`: see HttpClient.
  explicit Client(Settings settings, int cancel_fd = -1);

  // Names may hold any characters.
  [[nodiscard]] Outcome<std::optional<KvEntry>> key(std::string_view key, core::TimePoint deadline);
  [[nodiscard]] Outcome<std::vector<ServiceEntry>> service(std::string_view name, core::TimePoint deadline);
  [[nodiscard]] Outcome<std::optional<NodeEntry>> node(std::string_view name, core::TimePoint deadline);
  [[nodiscard]] Outcome<std::map<std::string, std::string>> node_checks(std::string_view name,
                                                                        core::TimePoint deadline);
  // All or nothing. Returns the index of the first key among the operations.
  [[nodiscard]] Outcome<std::uint64_t> transaction(const std::vector<Operation>& operations,
                                                   core::TimePoint deadline);

  // Of the agent at the address that answers; there should be one address only.
  [[nodiscard]] Outcome<std::string> agent_node(core::TimePoint deadline);
  [[nodiscard]] Outcome<std::vector<AgentService>> agent_services(core::TimePoint deadline);
  // The service and its check, new or anew; without a word for `ttl` the check becomes critical.
  [[nodiscard]] Outcome<bool> register_at_agent(const AgentService& service, const AgentCheck& check,
                                                std::chrono::milliseconds ttl, core::TimePoint deadline);
  // It is no error if there is none.
  [[nodiscard]] Outcome<bool> deregister_at_agent(std::string_view service_id, core::TimePoint deadline);
  [[nodiscard]] Outcome<bool> update_agent_check(const AgentCheck& check, core::TimePoint deadline);

 private:
  // `parse` reads an answer.
  template <typename T>
  [[nodiscard]] Outcome<T> ask(const std::string& method, const std::string& target, const std::string& body,
                               core::TimePoint deadline, Outcome<T> (*parse)(const HttpAnswer&));
  // At all addresses, until one answers.
  [[nodiscard]] Outcome<HttpAnswer> request(const std::string& method, const std::string& target,
                                            const std::string& body, core::TimePoint deadline);
  // `path` with the query that every read carries.
  [[nodiscard]] std::string target_of(const std::string& path) const;
  // True if there is another token now.
  [[nodiscard]] bool renew_token();

  Settings settings_;
  HttpClient http_;
  std::size_t preferred_ = 0;  // index into settings_.addresses
};

// For a path segment or a query value.
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace rediscovery::consul
