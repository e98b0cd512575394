#include <gmock/gmock.h>

#include "unit/engine/dispatcher_fixture.hpp"

// In which order commands are sent that have been sent before. Each draws a pause of its own at random, so
// there are many of them here.
namespace rediscovery::engine {
namespace {

using ::testing::IsEmpty;

class DispatcherOrderTest : public DispatcherFixture {
 protected:
  static constexpr Ticket kMany = 20;

  static Command set(Ticket ticket) { return command("SET k " + std::to_string(ticket)).idempotent(); }
  static Calls written_to(ConnectionId id) {
    Calls calls;
    for (Ticket ticket = 1; ticket <= kMany; ++ticket) {
      calls.push_back("write " + std::to_string(id) + ": SET k " + std::to_string(ticket));
    }
    return calls;
  }
  void send_many() {
    adopt(1, 1);
    for (Ticket ticket = 1; ticket <= kMany; ++ticket) carry(ticket, set(ticket));
    now_ += 400ms;  // a pause lasts up to an eighth of that
  }
  Calls pass_in_steps(core::Duration time) {
    Calls calls;
    for (core::Duration step = 1ms; time > 0ms; time -= step) {
      for (const auto& call : writes(pass(step))) calls.push_back(call);
    }
    return calls;
  }
};

TEST_F(DispatcherOrderTest, WhatHasPausedTakesItsPlaceBeforeWhatWasAskedForLater) {
  adopt(1, 1);
  execute(1, "INCR a");
  refuse(1, "NOREPLICAS");
  suspend();
  execute(2, "INCR b");
  pass(50ms);
  EXPECT_EQ(confirm(2), (Calls{"write 1: INCR a", "write 1: INCR b"}));
}

TEST_F(DispatcherOrderTest, WhatWasRefusedOneAfterTheOtherIsSentAgainInThatOrder) {
  send_many();
  for (Ticket ticket = 1; ticket <= kMany; ++ticket) refuse(1, "NOREPLICAS");
  EXPECT_EQ(pass_in_steps(50ms), written_to(1));
}

TEST_F(DispatcherOrderTest, AMasterThatLosesConnectionsAgainAndAgainGetsAllInOrderAndNothingInBetween) {
  send_many();
  lose(1);
  EXPECT_EQ(writes(open(2)), written_to(2)) << "once, it is tried again at once";
  lose(2);
  EXPECT_THAT(writes(open(3)), IsEmpty());
  EXPECT_THAT(writes(execute(kMany + 1, "SET k last")), IsEmpty());
  Calls expected = written_to(3);
  expected.emplace_back("write 3: SET k last");
  EXPECT_EQ(pass_in_steps(50ms), expected);
}

TEST_F(DispatcherOrderTest, AMasterThatRefusesEverybodyAgainGetsAllInOrder) {
  send_many();
  for (Ticket ticket = 1; ticket <= kMany; ++ticket) refuse(1, "LOADING");
  EXPECT_EQ(writes(confirm(2)), written_to(1));
  for (Ticket ticket = 1; ticket <= kMany; ++ticket) refuse(1, "LOADING");
  EXPECT_THAT(writes(confirm(3)), IsEmpty());
  EXPECT_EQ(pass_in_steps(50ms), written_to(1));
}

TEST_F(DispatcherOrderTest, ANewMasterIsNotHeldUpByWhatTheOldOneLost) {
  send_many();
  lose(1);
  open(2);
  lose(2);
  EXPECT_EQ(writes(adopt(2, 3)), written_to(3));
}

}  // namespace
}  // namespace rediscovery::engine
