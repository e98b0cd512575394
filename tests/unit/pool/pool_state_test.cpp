#include "pool/pool_state.hpp"

#include <gtest/gtest.h>

#include <utility>

// How PoolFsm's actions reach callers and the background. Nobody waits here, and the connections have no
// link: nothing is sent. Which actions: core/pool_fsm_*_test.cpp.
namespace rediscovery {
namespace {

using namespace std::chrono_literals;
using core::PoolFsm;
using Calls = std::vector<std::string>;

class RecordingBackstage : public Backstage {
 public:
  explicit RecordingBackstage(Calls& calls) : calls_(calls) {}
  void stop() override { calls_.emplace_back("stop"); }
  void connect(std::uint64_t generation) override {
    calls_.push_back("connect " + std::to_string(generation));
  }
  void check(core::ConnectionId id) override { calls_.push_back("check " + std::to_string(id)); }
  void discard(std::shared_ptr<PooledConnection> connection, std::string_view reason) override {
    calls_.push_back("discard " + std::to_string(connection->id) + ": " + std::string(reason));
  }
  void evidence(core::MasterFsm::Evidence evidence) override {
    calls_.push_back("evidence " + std::to_string(evidence.generation) + ": " + evidence.detail);
  }
  void drained(std::uint64_t generation) override {
    calls_.push_back("drained " + std::to_string(generation));
  }
  void wake() override { calls_.emplace_back("wake"); }
  void read(core::Request, core::TimePoint, std::function<void(Result<Reply>)> done) override {
    calls_.emplace_back("read");
    done(Reply::string("by a replica"));
  }

 private:
  Calls& calls_;
};

class PoolStateTest : public ::testing::Test {
 protected:
  PoolStateTest() { state_->own(std::make_unique<RecordingBackstage>(calls_)); }

  static Options few() {
    Options options;
    options.min_idle = 0;
    options.max_waiters = 0;  // whoever would have to wait is refused
    return options;
  }
  static PoolState::ConnectionPtr connection(core::ConnectionId id, std::uint64_t generation) {
    auto made = std::make_shared<PooledConnection>(id, nullptr);
    made->generation = generation;
    return made;
  }
  void adopt(std::uint64_t generation, core::ConnectionId id) {
    state_->on(PoolFsm::Adopted{generation, id}, now_, connection(id, generation));
  }
  Calls take() { return std::exchange(calls_, {}); }

  Calls calls_;
  core::TimePoint now_{100'000h};  // no machine runs that long: what follows is never later than an interval
  std::shared_ptr<PoolState> state_ = std::make_shared<PoolState>(few());
};

TEST_F(PoolStateTest, LendsAConnectionUntilItsLeaseIsGone) {
  adopt(1, 1);
  {
    const auto lease = state_->acquire(1s);
    ASSERT_TRUE(lease);
    EXPECT_EQ(lease->generation(), 1U);
    EXPECT_EQ(state_->stats().in_use, 1U);
    EXPECT_EQ(state_->acquire(1s).error().code(), ErrorCode::overloaded);
  }
  EXPECT_EQ(state_->stats().in_use, 0U);
  EXPECT_EQ(state_->stats().idle, 1U);
  EXPECT_EQ(take(), (Calls{"connect 1"})) << "for the next who finds none free";
}

TEST_F(PoolStateTest, AMovedLeaseGivesItsConnectionBackOnce) {
  adopt(1, 1);
  auto first = state_->acquire(1s);
  ASSERT_TRUE(first);
  {
    const Lease second = *std::move(first);
    EXPECT_EQ(state_->stats().in_use, 1U);
  }
  EXPECT_EQ(state_->stats().in_use, 0U);
}

TEST_F(PoolStateTest, ALeaseRefusesWhatHasMoreThanOneAnswer) {
  adopt(1, 1);
  auto lease = state_->acquire(1s);
  for (const auto* name : {"SUBSCRIBE", "psubscribe", "MONITOR", "SYNC"}) {
    EXPECT_EQ(lease->execute({name, "channel"}, 1s).error(),
              Error(ErrorCode::invalid_argument, Executed::no,
                    std::string(name == std::string("psubscribe") ? "PSUBSCRIBE" : name) +
                        " has more than one answer and is not supported"));
  }
  EXPECT_EQ(lease->execute(Command(std::vector<std::string>{}), 1s).error().code(),
            ErrorCode::invalid_argument);
  EXPECT_EQ(lease->execute({"GET", "k"}, 0ms).error().code(), ErrorCode::invalid_argument);
}

TEST_F(PoolStateTest, WhatIsClosedIsDiscardedWithItsReason) {
  adopt(1, 1);
  adopt(2, 2);
  EXPECT_EQ(take(), (Calls{"discard 1: of an older generation", "drained 2"}));
  state_->on(PoolFsm::Lost{2}, now_);
  EXPECT_EQ(take(), (Calls{"discard 2: closed by the server"}));
}

TEST_F(PoolStateTest, ALateConnectionIsDiscarded) {
  adopt(2, 1);
  state_->on(PoolFsm::Opened{7, 1}, now_, connection(7, 1));
  EXPECT_EQ(take(), (Calls{"discard 7: came too late"}));
}

TEST_F(PoolStateTest, AnIdleConnectionIsCheckedAtItsTime) {
  adopt(1, 1);
  EXPECT_EQ(state_->next_deadline(), now_ + 5s);
  state_->on(PoolFsm::Tick{}, now_ + 5s);
  EXPECT_EQ(take(), (Calls{"check 1"}));
}

TEST_F(PoolStateTest, EvidencePausesTheHandOutsBeforeItIsLookedInto) {
  adopt(1, 1);
  state_->evidence(*connection(1, 1), Command{"GET", "k"}, core::EvidenceKind::lost, "reset by peer");
  EXPECT_TRUE(state_->stats().suspect);
  EXPECT_EQ(take(), (Calls{"evidence 1: reset by peer"}));
  EXPECT_EQ(state_->acquire(1s).error().code(), ErrorCode::overloaded) << "nobody may wait in this pool";
}

TEST_F(PoolStateTest, WhoHasAnsweredAPartOfARequestIsLateAndNotSilent) {
  adopt(1, 1);
  core::Request request(Command{"SET", "k", "v"}.acknowledged_by(1, 10ms));
  request.sent();
  EXPECT_FALSE(request.on_reply(Reply::status("OK")));
  state_->evidence(*connection(1, 1), request, core::EvidenceKind::silent, "no answer in time");
  EXPECT_FALSE(state_->stats().suspect);
  EXPECT_EQ(take(), Calls{});
  state_->evidence(*connection(1, 1), request, core::EvidenceKind::lost, "reset by peer");
  EXPECT_TRUE(state_->stats().suspect);
}

TEST_F(PoolStateTest, SilenceTowardsOneWhileOthersAreAnsweredIsNoEvidence) {
  adopt(1, 1);
  const auto silent = connection(2, 1);
  silent->asked(now_);
  const auto served = connection(3, 1);
  served->asked(now_ + 1ms);
  served->answered_at = now_ + 2ms;
  state_->give_back(served, true, now_ + 2ms);
  state_->evidence(*silent, Command{"GET", "k"}, core::EvidenceKind::silent, "no answer in time");
  EXPECT_FALSE(state_->stats().suspect);
  silent->asked(now_ + 3ms);
  state_->evidence(*silent, Command{"GET", "k"}, core::EvidenceKind::silent, "no answer in time");
  EXPECT_TRUE(state_->stats().suspect) << "since it was sent, nobody has been answered";
}

TEST_F(PoolStateTest, WhatAnOlderMasterAnsweredDoesNotSpeakForTheNext) {
  adopt(1, 1);
  adopt(2, 2);
  const auto silent = connection(3, 2);
  silent->asked(now_);
  const auto served = connection(1, 1);
  served->answered_at = now_ + 1ms;
  state_->give_back(served, true, now_ + 1ms);
  state_->evidence(*silent, Command{"GET", "k"}, core::EvidenceKind::silent, "no answer in time");
  EXPECT_TRUE(state_->stats().suspect);
}

TEST_F(PoolStateTest, EvidenceOfAnOlderGenerationIsDropped) {
  adopt(2, 1);
  state_->evidence(*connection(9, 1), Command{"GET", "k"}, core::EvidenceKind::lost, "reset by peer");
  EXPECT_FALSE(state_->stats().suspect);
  EXPECT_EQ(take(), Calls{});
}

TEST_F(PoolStateTest, CloseDiscardsWhatIsIdleAndEndsTheBackground) {
  adopt(1, 1);
  state_->close(0ms);
  EXPECT_EQ(take(), (Calls{"discard 1: the pool was closed", "stop"}));
  EXPECT_TRUE(state_->is_closed());
  EXPECT_EQ(state_->acquire(1s).error().code(), ErrorCode::closed);
  EXPECT_EQ(state_->execute(Command{"GET", "k"}, 1s).error(),
            Error(ErrorCode::closed, Executed::no, "the pool is closed"));
}

TEST_F(PoolStateTest, ACommandThatOnlyReadsIsAnsweredByAReplicaIfItAsksForOne) {
  const auto result = state_->execute(Command{"GET", "k"}.from(ReadFrom::replica), 1s);
  EXPECT_EQ(result.value().text(), "by a replica");
  EXPECT_EQ(take(), Calls{"read"});
}

TEST_F(PoolStateTest, StatsTellOfTheMaster) {
  EXPECT_EQ(state_->stats().master, "");
  state_->on(PoolFsm::Adopted{3, 1}, now_, connection(1, 3), "10.0.0.5:6379");
  const Stats stats = state_->stats();
  EXPECT_EQ(stats.generation, 3U);
  EXPECT_EQ(stats.master, "10.0.0.5:6379");
  EXPECT_EQ(stats.idle, 1U);
}

TEST_F(PoolStateTest, TheFirstLoanAfterARestWakesTheBackground) {
  adopt(1, 1);
  EXPECT_FALSE(state_->is_used());
  { const auto lease = state_->acquire(1s); }
  EXPECT_EQ(take(), Calls{"wake"});
  { const auto lease = state_->acquire(1s); }
  EXPECT_EQ(take(), Calls{}) << "it is awake";
  EXPECT_TRUE(state_->is_used()) << "in the meantime";
  const auto lease = state_->acquire(1s);
  EXPECT_TRUE(state_->is_used());
  EXPECT_TRUE(state_->is_used()) << "for as long as it is lent";
  EXPECT_EQ(take(), Calls{});
}

}  // namespace
}  // namespace rediscovery
