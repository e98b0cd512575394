// Facts in which all is well, for tests that break one thing each.
#pragma once

#include <algorithm>
#include <string>

#include "situation.hpp"
#include "updater/check_findings.hpp"

namespace rediscovery::updater::testing {

inline core::Endpoint sentinel_at(int number) { return {"10.0.1." + std::to_string(number), 26379, {}}; }
inline core::Endpoint dns_at(int number) { return {"10.0.2." + std::to_string(number), 8600, {}}; }

// Three Sentinels, the master 5 with replicas 6 and 7 at epoch 7, all of it in Consul and in DNS.
struct CheckSituation {
  Facts facts;

  CheckSituation() {
    facts.config_path = "/etc/rediscovery/updater.json";
    facts.agents.push_back({"http://10.0.2.1:8500", {}, true, "1.8.7", "dc1", {"dc1"}});
    facts.masters.emplace_back();
    const auto settled = Situation::settled();
    master().config = settled.master;
    master().consul = consul::Outcome<ConsulState>(settled.consul);
    for (int number = 1; number <= 3; ++number) {
      sentinel::Examination one;
      one.observation = {sentinel_at(number), sentinel::Reading::ok, "", sentinel::MasterView{}};
      auto& view = *one.observation.view;
      view.address = redis(5);
      view.epoch = 7;
      view.quorum = 2;
      view.other_sentinels = 2;
      view.replicas = {{redis(6), sentinel::ReplicaState::healthy},
                       {redis(7), sentinel::ReplicaState::healthy}};
      one.version = "7.0.15";
      one.peers.emplace();
      for (int other = 1; other <= 3; ++other) {
        if (other != number) one.peers->push_back({sentinel_at(other).to_string(), false});
      }
      master().sentinels.push_back(std::move(one));
    }
    master().dns = {{dns_at(1), Role::master, "master.service.consul", {redis(5)}, ""},
                    {dns_at(1), Role::replica, "slave.service.consul", {redis(6), redis(7)}, ""}};
    for (int number = 5; number <= 7; ++number) {
      core::NodeReport report;
      report.role = number == 5 ? core::Role::master : core::Role::replica;
      if (number != 5) report.master = redis(5);
      report.master_link_up = number != 5;
      master().redis.push_back({redis(number), report, "", false});
    }
    master().trial = TrialFact{{}, consul::Denials{}};
  }

  MasterFacts& master() { return facts.masters.front(); }
  sentinel::Examination& sentinel(std::size_t number) { return master().sentinels.at(number - 1); }
  ConsulState& consul() { return **master().consul; }
  RedisFact& node(int number) {
    return *std::find_if(master().redis.begin(), master().redis.end(),
                         [number](const RedisFact& fact) { return fact.endpoint == redis(number); });
  }
  // Registration "agent": each Redis is registered on a host of its own, and we are beside this one.
  void registers_at_agents(int own) {
    const auto host = [](const std::string& address) {
      return "host-" + address.substr(address.rfind('.') + 1);
    };
    master().own_redis = redis(own);
    consul().agent = LocalAgent{host(redis(own).address), {}};
    consul().nodes.clear();
    for (auto& entry : consul().entries) {
      entry.node = host(entry.address);
      consul().nodes[entry.node] = {entry.address, true};
    }
  }
  void cannot_be_reached(std::size_t number) {
    auto& one = sentinel(number);
    one = {};
    one.observation = {
        sentinel_at(static_cast<int>(number)), sentinel::Reading::unreachable, "no answer in time", {}};
  }

  // "problem redis", "healing dns": what is not ok.
  [[nodiscard]] std::vector<std::string> complaints() const {
    std::vector<std::string> texts;
    for (const auto& finding : findings(facts)) {
      if (finding.grade == Grade::ok) continue;
      texts.push_back(sentence(finding.grade, " ", finding.area));
    }
    return texts;
  }
  // The first of that area that is not ok; everything in one text.
  [[nodiscard]] std::string complaint(Area area) const {
    for (const auto& finding : findings(facts)) {
      if (finding.area == area && finding.grade != Grade::ok) return sentence(finding);
    }
    return "";
  }
};

}  // namespace rediscovery::updater::testing
