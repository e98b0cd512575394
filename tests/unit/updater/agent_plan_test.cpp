#include "updater/agent_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "simulated_world.hpp"
#include "updater/plan_text.hpp"
#include "updater/reconcile.hpp"

namespace rediscovery::updater {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::redis;
using testing::SimulatedWorld;
using testing::Situation;

std::string host(int number) { return "host-" + std::to_string(number); }

// Each Redis has a host of its own, and this updater is beside `own`.
struct Hosts : Situation {
  explicit Hosts(int own) {
    own_redis = redis(own);
    consul.agent = LocalAgent{host(own), {}};
    with_replica(6).with_replica(7);
  }
  Registration on_host(Role role, int number, std::uint64_t epoch) const {
    auto registration = registration_for(role, number, epoch);
    registration.node = host(number);
    return registration;
  }
  Hosts& catalog_has(Role role, int number, std::uint64_t epoch = 7) {
    consul_has(role, number, epoch);
    consul.entries.back().node = host(number);
    consul.nodes[host(number)] = {redis(number).address, true};
    return *this;
  }
  Hosts& agent_has(Role role, int number, std::uint64_t epoch = 7) {
    consul.agent->services.push_back(agent_service_of(on_host(role, number, epoch)));
    return *this;
  }
  // The master 5 and the replicas 6 and 7, all of it in the catalog and in our agent.
  static Hosts settled(int own) {
    Hosts hosts(own);
    hosts.consul_has_fence(5, 7);
    hosts.catalog_has(Role::master, 5).catalog_has(Role::replica, 6).catalog_has(Role::replica, 7);
    hosts.agent_has(own == 5 ? Role::master : Role::replica, own);
    return hosts;
  }
  std::vector<std::string> agent_steps() const {
    std::vector<std::string> texts;
    for (const auto& step : plan().agent_steps) {
      std::ostringstream text;
      text << step;
      texts.push_back(text.str());
    }
    return texts;
  }
};

TEST(AgentPlan, WhatIsRightIsLeftAlone) {
  for (const int own : {5, 6, 7}) {
    const auto hosts = Hosts::settled(own);
    EXPECT_EQ(hosts.plan().verdict, Verdict::up_to_date) << hosts.plan();
    EXPECT_THAT(hosts.changes(), IsEmpty());
    EXPECT_THAT(hosts.agent_steps(), IsEmpty());
  }
}

TEST(AgentPlan, OnlyTheUpdaterBesideTheMasterMakesTheFirstRegistration) {
  EXPECT_THAT(Hosts(5).changes(), ElementsAre("+ master 5"));
  EXPECT_THAT(Hosts(5).agent_steps(), ElementsAre("agent + master 10.0.0.5:6379 as master on host-5"));
  const auto plan = Hosts(6).plan();
  EXPECT_EQ(plan.verdict, Verdict::superseded);
  EXPECT_EQ(plan.cause, Cause::not_ours);
  EXPECT_TRUE(plan.unsettled);
}

TEST(AgentPlan, AReplicaIsRegisteredByTheUpdaterBesideItOnceTheFenceNamesItsMaster) {
  auto hosts = Hosts(6);
  hosts.consul_has_fence(5, 7).consul_has(Role::master, 5);
  EXPECT_THAT(hosts.changes(), ElementsAre("+ slave 6"));
  EXPECT_EQ(hosts.plan().steps[0].registration.node, "host-6");
  EXPECT_FALSE(hosts.plan().steps[0].write_node) << "the node is the agent's";
}

TEST(AgentPlan, TheSwitchIsOneTransactionOfTheUpdaterBesideTheNewMaster) {
  auto hosts = Hosts::settled(6);
  hosts.sentinels_say(6, 8);
  EXPECT_THAT(hosts.changes(), ElementsAre("+ master 6", "- master 5", "- slave 6"));
  const auto plan = hosts.plan();
  EXPECT_TRUE(std::holds_alternative<consul::KvCas>(transaction(plan, "k")[0]));
  EXPECT_THAT(hosts.agent_steps(), ElementsAre("agent - slave 10.0.0.6:6379 as slave on host-6",
                                               "agent + master 10.0.0.6:6379 as master on host-6"));
}

TEST(AgentPlan, UntilThenTheOthersKeepTheOldMaster) {
  for (const int own : {5, 7}) {
    auto hosts = Hosts::settled(own);
    hosts.sentinels_say(6, 8);
    EXPECT_EQ(hosts.plan().cause, Cause::not_ours);
    EXPECT_THAT(hosts.agent_steps(), IsEmpty());
  }
}

TEST(AgentPlan, AnOldMasterLeavesItsAgentAsSoonAsTheFenceNamesAnother) {
  auto hosts = Hosts::settled(5);
  hosts.consul_has_fence(6, 8);
  // The promotion was observed, and the Sentinels do not know of it yet.
  EXPECT_EQ(hosts.plan().verdict, Verdict::superseded);
  EXPECT_THAT(hosts.agent_steps(), ElementsAre("agent - master 10.0.0.5:6379 as master on host-5"));
  // A replica stays: of that the fence says nothing.
  auto replica = Hosts::settled(7);
  replica.consul_has_fence(6, 8);
  EXPECT_THAT(replica.agent_steps(), IsEmpty());
  hosts.consensus.kind = sentinel::Consensus::Kind::unreadable;
  EXPECT_THAT(hosts.agent_steps(), ElementsAre("agent - master 10.0.0.5:6379 as master on host-5"));
}

TEST(AgentPlan, WhatTheAgentHasRestoredIsRemovedByTheUpdaterBesideTheMaster) {
  auto hosts = Hosts::settled(5);
  hosts.catalog_has(Role::master, 6, 6);
  EXPECT_THAT(hosts.changes(), ElementsAre("- master 6"));
  auto other = Hosts::settled(7);
  other.catalog_has(Role::master, 6, 6);
  EXPECT_THAT(other.changes(), IsEmpty());
}

TEST(AgentPlan, WhatTheAgentHasLostOrHasDifferentlyIsRegisteredAnew) {
  auto hosts = Hosts::settled(5);
  hosts.consul.agent->services[0].meta["config_epoch"] = "6";
  EXPECT_THAT(hosts.agent_steps(), ElementsAre("agent + master 10.0.0.5:6379 as master on host-5"));
  hosts.consul.agent->services.clear();
  EXPECT_THAT(hosts.agent_steps(), ElementsAre("agent + master 10.0.0.5:6379 as master on host-5"));
}

TEST(AgentPlan, OtherServicesOfTheAgentAreNobodysBusiness) {
  auto hosts = Hosts::settled(5);
  hosts.consul.agent->services.push_back({"web", "web", "", 80, {}, {}});
  hosts.consul.agent->services.push_back({"slave:other:10.0.0.5:6379", "slave", "", 80, {}, {}});
  hosts.agent_has(Role::replica, 6);
  EXPECT_THAT(hosts.agent_steps(), IsEmpty());
}

TEST(AgentPlan, ACheckThatIsCriticalIsTheAgentsToRepair) {
  auto hosts = Hosts::settled(5);
  hosts.consul.entries[0].checks.begin()->second = "critical";
  EXPECT_THAT(hosts.changes(), IsEmpty());
}

TEST(AgentPlan, WhatTheCatalogModeHasLeftOfOurRedisIsRemoved) {
  auto hosts = Hosts::settled(6);
  hosts.consul_has(Role::replica, 6).consul_has(Role::replica, 7);
  EXPECT_THAT(hosts.changes(), ElementsAre("- slave 6"));
}

class AgentReconcile : public ::testing::Test {
 protected:
  AgentReconcile() {
    config_.masters = {{"mymaster", {}}};
    config_.agent = AgentSettings{redis(5), std::chrono::milliseconds(5000)};
    world_.say(5, 7);
    world_.agent = LocalAgent{"host-5", {}};
  }
  Report once(bool dry_run = false) {
    ReconcileOptions options;
    options.dry_run = dry_run;
    options.deadline = world_.now() + std::chrono::seconds(2);
    return reconcile(world_, config_, config_.masters[0], options, rng_);
  }
  Config config_;
  SimulatedWorld world_;
  core::Rng rng_{1};
};

TEST_F(AgentReconcile, TheAgentIsToldAfterTheTransactionAndNothingMoreIsWritten) {
  EXPECT_EQ(once().plan.verdict, Verdict::up_to_date);
  EXPECT_EQ(world_.writes, 1);
  EXPECT_EQ(world_.agent_changes, 1);
  EXPECT_EQ(world_.agent->services.size(), 1U);
  (void)once();
  EXPECT_EQ(world_.writes, 1);
  EXPECT_EQ(world_.agent_changes, 1);
}

TEST_F(AgentReconcile, ADryRunTellsTheAgentNothing) {
  EXPECT_EQ(once(true).plan.agent_steps.size(), 1U);
  EXPECT_EQ(world_.agent_changes, 0);
}

TEST_F(AgentReconcile, AnAgentThatRefusesIsAnError) {
  world_.agent_error = consul::Error{consul::ErrorKind::permission_denied, "no service:write"};
  const auto report = once();
  ASSERT_TRUE(report.error);
  EXPECT_EQ(report.error->kind, consul::ErrorKind::permission_denied);
  EXPECT_EQ(exit_code(report), 2);
}

}  // namespace
}  // namespace rediscovery::updater
