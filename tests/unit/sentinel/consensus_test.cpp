#include "sentinel/consensus.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rediscovery::sentinel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = Consensus::Kind;

const core::Endpoint kFive{"10.0.0.5", 6379, {}};
const core::Endpoint kSix{"10.0.0.6", 6379, {}};
const core::Endpoint kSeven{"10.0.0.7", 6379, {}};

Observation says(const core::Endpoint& address, std::uint64_t epoch, std::vector<ReplicaView> replicas = {},
                 std::uint32_t quorum = 2) {
  return {
      {"10.0.1.1", 26379, {}}, Reading::ok, "", MasterView{address, epoch, quorum, 2, std::move(replicas)}};
}

Observation silent(Reading reading = Reading::unreachable) {
  return {{"10.0.1.9", 26379, {}}, reading, "why", std::nullopt};
}

TEST(Agree, AllSayTheSame) {
  const auto consensus = agree({says(kFive, 7), says(kFive, 7), says(kFive, 7)});
  EXPECT_EQ(consensus.kind, Kind::agreed);
  EXPECT_EQ(consensus.address, kFive);
  EXPECT_EQ(consensus.epoch, 7U);
  EXPECT_EQ(consensus.supporters, 3U);
  EXPECT_EQ(consensus.quorum, 2U);
}

// The leader is a second ahead of the others after a promotion.
TEST(Agree, TheHighestEpochWinsEvenAlone) {
  const auto consensus = agree({says(kFive, 7), says(kSix, 8), says(kFive, 7)});
  EXPECT_EQ(consensus.kind, Kind::agreed);
  EXPECT_EQ(consensus.address, kSix);
  EXPECT_EQ(consensus.supporters, 1U);
  EXPECT_EQ(consensus.readable, 3U);
}

TEST(Agree, TwoAddressesAtTheHighestEpochAreAConflictWhateverTheNumbers) {
  const auto consensus = agree({says(kFive, 7), says(kSix, 7), says(kFive, 7)});
  EXPECT_EQ(consensus.kind, Kind::conflict);
  EXPECT_THAT(consensus.problem, HasSubstr("10.0.0.5:6379 (2 Sentinels), 10.0.0.6:6379 (1 Sentinel)"));
}

TEST(Agree, AConflictBelowTheHighestEpochIsHistory) {
  EXPECT_EQ(agree({says(kFive, 7), says(kSix, 7), says(kSeven, 8)}).kind, Kind::agreed);
}

TEST(Agree, WhoFailsOverAndWhoIsAtRest) {
  auto leader = says(kFive, 7);
  leader.sentinel = {"10.0.1.2", 26379, {}};
  leader.view->failing_over = true;
  leader.view->failover_timeout = std::chrono::milliseconds(200'000);
  const auto consensus = agree({says(kFive, 7), leader, silent()});
  EXPECT_THAT(consensus.failing_over, ElementsAre(leader.sentinel));
  EXPECT_THAT(consensus.at_rest, ElementsAre(core::Endpoint{"10.0.1.1", 26379, {}}));
  EXPECT_EQ(consensus.failover_timeout, std::chrono::milliseconds(200'000));
}

TEST(Agree, SilentSentinelsAreListedButDoNotVote) {
  const auto consensus = agree({says(kFive, 7), silent(), silent(Reading::refused)});
  EXPECT_EQ(consensus.kind, Kind::agreed);
  EXPECT_EQ(consensus.supporters, 1U);
  EXPECT_EQ(consensus.asked, 3U);
  EXPECT_THAT(consensus.absent, SizeIs(2));
}

TEST(Agree, NobodyAnswers) {
  EXPECT_EQ(agree({}).kind, Kind::unreadable);
  EXPECT_EQ(agree({silent(), silent()}).kind, Kind::unreadable);
  EXPECT_EQ(agree({silent(Reading::unusable), silent(Reading::unknown_master)}).kind, Kind::unreadable);
}

TEST(Agree, OnlyIfNobodyKnowsTheMasterIsItUnknown) {
  EXPECT_EQ(agree({silent(Reading::unknown_master), silent(Reading::unknown_master)}).kind,
            Kind::unknown_master);
  EXPECT_EQ(agree({silent(Reading::unknown_master), says(kFive, 7)}).kind, Kind::agreed);
}

TEST(Agree, TheLargestQuorumCounts) {
  EXPECT_EQ(agree({says(kFive, 7, {}, 1), says(kFive, 7, {}, 3), says(kFive, 6, {}, 2)}).quorum, 3U);
}

// ---- replicas --------------------------------------------------------------------------------------------

ReplicaState merged(std::vector<ReplicaState> states, std::uint32_t quorum = 2) {
  std::vector<Observation> observations;
  for (const auto state : states) observations.push_back(says(kFive, 7, {{kSix, state}}, quorum));
  const auto consensus = agree(observations);
  EXPECT_THAT(consensus.replicas, SizeIs(1));
  return consensus.replicas.at(0).state;
}

TEST(AgreeOnReplicas, MostOfThoseWhoKnowDecide) {
  constexpr auto healthy = ReplicaState::healthy;
  constexpr auto lagging = ReplicaState::lagging;
  constexpr auto unknown = ReplicaState::unknown;
  constexpr auto down = ReplicaState::down;
  EXPECT_EQ(merged({healthy, healthy, down}), healthy);
  EXPECT_EQ(merged({healthy, down, down}), down);
  EXPECT_EQ(merged({healthy, lagging, down}), lagging);
  EXPECT_EQ(merged({lagging, lagging, down}), lagging);
  EXPECT_EQ(merged({healthy, unknown, unknown}), healthy);
  EXPECT_EQ(merged({down, unknown, unknown}), down);
  EXPECT_EQ(merged({unknown, unknown, unknown}), unknown);
  EXPECT_EQ(merged({healthy, down, unknown}), unknown);
}

TEST(AgreeOnReplicas, BelowTheQuorumNobodyIsBelievedThatAReplicaIsBad) {
  EXPECT_EQ(merged({ReplicaState::down}), ReplicaState::unknown);
  EXPECT_EQ(merged({ReplicaState::lagging}), ReplicaState::unknown);
  EXPECT_EQ(merged({ReplicaState::healthy}), ReplicaState::healthy);
  EXPECT_EQ(merged({ReplicaState::down, ReplicaState::down}, 3), ReplicaState::unknown);
}

// Some Sentinels announce host names, some do not; of several names every updater must take the same.
TEST(Agree, TheNamesOfEndpointsAreKeptWhoeverSaysThem) {
  const auto named = [](core::Endpoint endpoint, const char* name) {
    endpoint.name = name;
    return endpoint;
  };
  const auto consensus =
      agree({says(kFive, 7, {{kSix, ReplicaState::healthy}}),
             says(named(kFive, "redis-b"), 7, {{named(kSix, "redis-6"), ReplicaState::healthy}}),
             says(named(kFive, "redis-a"), 7)});
  EXPECT_EQ(consensus.address.name, "redis-a");
  EXPECT_EQ(consensus.replicas.at(0).endpoint.name, "redis-6");
}

// ---- run ids ---------------------------------------------------------------------------------------------

Observation names(const std::string& master_run_id, const std::string& replica_run_id) {
  auto observation = says(kFive, 7, {{kSix, ReplicaState::healthy, replica_run_id}});
  observation.view->run_id = master_run_id;
  return observation;
}

TEST(AgreeOnRunIds, WhatThoseWhoKnowSay) {
  const auto consensus = agree({names("a5", ""), names("", "b6"), names("a5", "b6")});
  EXPECT_EQ(consensus.run_id, "a5");
  EXPECT_EQ(consensus.replicas.at(0).run_id, "b6");
  EXPECT_EQ(agree({names("", ""), names("", "")}).run_id, "");
}

// A process was started anew, and not every Sentinel has noticed it yet.
TEST(AgreeOnRunIds, DifferentOnesForOneEndpointAreNotKnown) {
  const auto consensus = agree({names("a5", "b6"), names("c5", "d6"), names("a5", "b6")});
  EXPECT_EQ(consensus.run_id, "");
  EXPECT_EQ(consensus.replicas.at(0).run_id, "");
}

TEST(AgreeOnRunIds, OnlyThoseWhoSupportTheMasterAreAsked) {
  auto later = names("a5", "b6");
  later.view->epoch = 8;
  EXPECT_EQ(agree({names("c5", "d6"), later}).run_id, "a5");
}

TEST(AgreeOnReplicas, OnlyWhoSupportsTheMasterIsAsked) {
  const auto consensus =
      agree({says(kFive, 7, {{kSix, ReplicaState::healthy}}), says(kFive, 7, {}),
             says(kSix, 6, {{kFive, ReplicaState::healthy}, {kSeven, ReplicaState::healthy}})});
  EXPECT_THAT(consensus.replicas, ElementsAre(ReplicaView{kSix, ReplicaState::healthy}));
}

TEST(AgreeOnReplicas, InAConflictThereAreNone) {
  EXPECT_THAT(agree({says(kFive, 7, {{kSix, ReplicaState::healthy}}), says(kSix, 7)}).replicas, IsEmpty());
}

}  // namespace
}  // namespace rediscovery::sentinel
