// The world of a reconciliation, in memory.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "situation.hpp"
#include "updater/agent_plan.hpp"
#include "updater/world.hpp"

namespace rediscovery::updater::testing {

// A Consul that applies transactions as the real one does, Sentinels that say what they are told to, and a
// clock that only pauses move.
class SimulatedWorld final : public World {
 public:
  std::vector<sentinel::Observation> sentinels;
  std::optional<Fence> fence;
  std::uint64_t index = 100;
  std::vector<consul::ServiceEntry> entries;
  std::deque<std::optional<consul::Error>> reads;  // an error for each of the next reads; nullopt: none
  std::deque<std::pair<consul::Error, bool>> failing_writes;  // and whether it is applied all the same
  std::optional<core::NodeReport> node;                       // what the promoted node says of itself
  bool has_dns = true;
  std::deque<core::LookupResult> dns_answers;        // the next ones; then what was registered
  std::map<core::Endpoint, core::NodeReport> nodes;  // what others say; who is not here: `node`
  std::uint64_t heartbeat = 0;                       // its key's ModifyIndex; 0: there is none
  std::optional<consul::Error> unreadable_keys;
  int key_reads = 0;
  std::optional<LocalAgent> agent;  // registration "agent"
  std::optional<consul::Error> agent_error;
  int agent_changes = 0;
  std::vector<core::Endpoint> asked;  // whom ask_redis() was called for
  std::function<void()> before_ask = [] {};
  std::function<void()> before_ask_redis = [] {};
  std::function<void()> before_read = [] {};
  std::function<void()> before_write = [] {};
  std::function<void()> after_write = [] {};
  bool stopped = false;
  int writes = 0;
  int pauses = 0;

  void say(int number, std::uint64_t epoch) {
    sentinels.assign(
        3, {redis(1), sentinel::Reading::ok, "", sentinel::MasterView{redis(number), epoch, 2, 2, {}}});
  }

  std::vector<sentinel::Observation> ask_sentinels(const std::string&, core::TimePoint) override {
    before_ask();
    return sentinels;
  }

  consul::Outcome<ConsulState> read_consul(const MasterConfig&, const std::vector<core::Endpoint>&,
                                           core::TimePoint) override {
    before_read();
    if (!reads.empty()) {
      const auto error = reads.front();
      reads.pop_front();
      if (error) return *error;
    }
    ConsulState state;
    state.fence = fence;
    state.fence_index = fence ? index : 0;
    state.entries = entries;
    state.agent = agent;
    for (const auto& entry : entries) state.nodes[entry.node] = {entry.node_address, false};
    return state;
  }

  consul::Outcome<std::optional<consul::KvEntry>> read_key(const std::string&, core::TimePoint) override {
    ++key_reads;
    if (unreadable_keys) return *unreadable_keys;
    if (heartbeat == 0) return std::optional<consul::KvEntry>();
    return std::optional(consul::KvEntry{"{}", heartbeat});
  }

  consul::Outcome<std::uint64_t> write_consul(const std::vector<consul::Operation>& operations,
                                              core::TimePoint) override {
    ++writes;
    before_write();
    std::optional<consul::Error> error;
    if (!failing_writes.empty()) {
      const auto [failure, applied] = failing_writes.front();
      failing_writes.pop_front();
      if (!applied) return failure;
      error = failure;
    }
    for (const auto& operation : operations) {
      const auto* check = std::get_if<consul::KvCheckIndex>(&operation);
      if (check != nullptr && check->index != (check->key.ends_with("/heartbeat") ? heartbeat : index))
        return consul::Error{consul::ErrorKind::lost_race, "index is stale"};
    }
    if (std::holds_alternative<consul::KvCheckIndex>(operations[0])) {
      for (const auto& operation : operations) apply(operation);
      return std::get<consul::KvCheckIndex>(operations[0]).index;
    }
    const auto& cas = std::get<consul::KvCas>(operations[0]);
    if (cas.key.ends_with("/heartbeat")) {
      if (cas.index != heartbeat) return consul::Error{consul::ErrorKind::lost_race, "index is stale"};
      return ++heartbeat;
    }
    if (cas.index != (fence ? index : 0))
      return consul::Error{consul::ErrorKind::lost_race, "index is stale"};
    fence = parse_fence(cas.value);
    ++index;
    for (const auto& operation : operations) apply(operation);
    after_write();
    if (error) return *error;
    return index;
  }

  std::optional<consul::Error> tell_agent(const std::vector<AgentStep>& steps, core::TimePoint) override {
    for (const auto& [kind, registration] : steps) {
      std::erase_if(agent->services, [&](const auto& service) { return service.id == registration.id; });
      if (kind == AgentStep::Kind::deregister) continue;
      agent->services.push_back(agent_service_of(registration));
    }
    ++agent_changes;
    return agent_error;
  }

  std::optional<core::NodeReport> ask_redis(const core::Endpoint& endpoint, core::TimePoint) override {
    asked.push_back(endpoint);
    before_ask_redis();
    if (stopped) return std::nullopt;
    const auto other = nodes.find(endpoint);
    return other == nodes.end() ? node : other->second;
  }
  std::optional<core::LookupResult> ask_dns(const std::string& service, core::TimePoint) override {
    if (!has_dns) return std::nullopt;
    if (!dns_answers.empty()) {
      auto answer = dns_answers.front();
      dns_answers.pop_front();
      return answer;
    }
    core::LookupResult answer;
    for (const auto& entry : entries) {
      if (entry.service == service) answer.endpoints.push_back({entry.address, entry.port, {}});
    }
    if (answer.endpoints.empty()) answer.problem = "NXDOMAIN from 127.0.0.1:8600";
    return answer;
  }
  core::TimePoint now() override { return now_; }
  bool pause(core::Duration span) override {
    ++pauses;
    now_ += span;
    return !stopped;
  }
  std::string timestamp() override { return "now"; }

 private:
  void apply(const consul::Operation& operation) {
    if (const auto* removal = std::get_if<consul::DeleteService>(&operation)) {
      std::erase_if(entries, [&](const auto& entry) { return entry.id == removal->id; });
    }
    if (const auto* service = std::get_if<consul::SetService>(&operation)) {
      std::erase_if(entries, [&](const auto& entry) { return entry.id == service->id; });
      entries.push_back({service->node,
                         service->address,
                         service->id,
                         service->service,
                         service->address,
                         service->port,
                         service->tags,
                         service->meta,
                         {},
                         service->weights});
    }
    if (const auto* check = std::get_if<consul::SetCheck>(&operation)) {
      for (auto& entry : entries) {
        if (entry.id == check->service_id) entry.checks[check->check_id] = check->status;
      }
    }
  }

  core::TimePoint now_ = core::TimePoint(std::chrono::hours(1));
};

}  // namespace rediscovery::updater::testing
