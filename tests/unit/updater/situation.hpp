// A small language for tests of plans: who says what, and what Consul has.
#pragma once

#include <string>
#include <vector>

#include "updater/plan.hpp"

namespace rediscovery::updater::testing {

inline core::Endpoint redis(int number, std::uint16_t port = 6379) {
  return {"10.0.0." + std::to_string(number), port, {}};
}

// Three Sentinels with a quorum of two that agree on 10.0.0.5 at epoch 7; Consul has nothing.
struct Situation {
  MasterConfig master{"mymaster", {}, {{{"mymaster"}, {}, {}}, {{"mymaster"}, {}, {}}}};
  std::string node_prefix = "redis-";
  sentinel::Consensus consensus{sentinel::Consensus::Kind::agreed, redis(5), 7, 3, 3, 3, 2, {}, "", {}};
  ConsulState consul;
  bool accept_epoch_reset = false;
  std::optional<core::Endpoint> observed_leader = {};
  std::uint64_t index_before_asking = 0;
  bool observed_is_replica = false;
  std::optional<core::Endpoint> own_redis = {};

  Situation& sentinels_say(int number, std::uint64_t epoch, std::size_t supporters = 3) {
    consensus.address = redis(number);
    consensus.epoch = epoch;
    consensus.supporters = supporters;
    return *this;
  }
  Situation& with_replica(int number, sentinel::ReplicaState state = sentinel::ReplicaState::healthy) {
    consensus.replicas.push_back({redis(number), state});
    return *this;
  }
  Situation& consul_has_fence(int number, std::uint64_t epoch, std::uint64_t revision = 3) {
    consul.fence = Fence{epoch, redis(number), revision, master.services, "other:1", "then"};
    consul.fence_index = 1234;
    return *this;
  }
  // The Sentinel that leads the failovers of these tests.
  static core::Endpoint leader() { return {"10.0.1.1", 26379, {}}; }
  // The promotion of 6, 8 after 7, observed and registered while the Sentinels still say 5 at 7.
  static Situation observed() {
    auto situation = Situation();
    situation.with_replica(6).with_replica(7).consul_has_fence(6, 8);
    situation.consul.fence->observed = Observed{leader(), 7};
    situation.consul_has(Role::master, 6, 8).consul_has(Role::replica, 7, 8);
    situation.consensus.failing_over = {leader()};
    situation.index_before_asking = situation.consul.fence_index;
    return situation;
  }
  // Exactly what the updater would have written for it at `epoch`.
  Situation& consul_has(Role role, int number, std::uint64_t epoch = 7) {
    const auto registration = registration_for(role, number, epoch);
    const auto service = service_of(registration);
    const auto check = check_of(registration);
    consul.entries.push_back({service.node,
                              redis(number).address,
                              service.id,
                              service.service,
                              service.address,
                              service.port,
                              service.tags,
                              service.meta,
                              {{check.check_id, check.status}},
                              service.weights});
    consul.nodes[service.node] = {redis(number).address, false};
    return *this;
  }
  // Something that other people have registered.
  Situation& consul_has_foreign(const std::string& service, int number) {
    consul.entries.push_back(
        {"web-1", "10.9.9.9", "theirs", service, redis(number).address, 6379, {}, {}, {}});
    consul.nodes["web-1"] = {"10.9.9.9", true};
    return *this;
  }
  // The master, two replicas, and all of it in Consul.
  static Situation settled() {
    Situation situation;
    situation.with_replica(6).with_replica(7).consul_has_fence(5, 7);
    situation.consul_has(Role::master, 5).consul_has(Role::replica, 6).consul_has(Role::replica, 7);
    return situation;
  }

  [[nodiscard]] Registration registration_for(Role role, int number, std::uint64_t epoch) const {
    return {role,
            redis(number),
            master.services.of(role),
            node_name(node_prefix, redis(number)),
            service_id(role, master.name, redis(number)),
            master.name,
            epoch,
            {},
            master.labels.of(role)};
  }
  [[nodiscard]] Plan plan() const { return make_plan(input()); }
  [[nodiscard]] PlanInput input() const {
    return {master,
            node_prefix,
            consensus,
            consul,
            accept_epoch_reset,
            "me:2",
            "now",
            observed_leader,
            index_before_asking,
            observed_is_replica,
            own_redis};
  }
  // The plan's changes as short texts: "+ master 5", "- slave 6", "~ slave 7"; what is kept is left out.
  [[nodiscard]] std::vector<std::string> changes() const {
    std::vector<std::string> texts;
    for (const auto& step : plan().steps) {
      const char* sign = step.kind == Step::Kind::add      ? "+ "
                         : step.kind == Step::Kind::remove ? "- "
                         : step.kind == Step::Kind::keep   ? ""
                                                           : "~ ";
      const auto& address = step.registration.endpoint.address;
      if (*sign != '\0') {
        texts.push_back(sign + std::string(to_string(step.registration.role)) + " " +
                        address.substr(address.rfind('.') + 1));
      }
    }
    return texts;
  }
};

}  // namespace rediscovery::updater::testing
