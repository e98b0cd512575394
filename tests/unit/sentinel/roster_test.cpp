#include "sentinel/roster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rediscovery::sentinel {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

core::Endpoint at(int host) { return {"10.0.1." + std::to_string(host), 26379, {}}; }
// The run ids are "a", "b", "c" …: of the Sentinel at 1, 2, 3 … unless a test says otherwise.
std::string run(int number) { return std::string(1, static_cast<char>('a' + number - 1)); }
Identity sentinel(int host) { return {at(host), run(host)}; }

// One that could be read and says who it is and whom it knows.
Observation told(const Identity& who, std::vector<Identity> others) {
  return {who.endpoint, Reading::ok, {}, MasterView{}, {who.run_id, true, std::move(others)}};
}
Observation silent(int host) { return {at(host), Reading::unreachable, "no answer in time", {}, {}}; }

TEST(Roster, WhoIsListedIsAskedInTheSameReading) {
  Roster roster({at(1)}, true);
  EXPECT_THAT(roster.heard(told(sentinel(1), {sentinel(2), sentinel(3)})), ElementsAre(at(2), at(3)));
  EXPECT_THAT(roster.heard(told(sentinel(2), {sentinel(1), sentinel(3)})), IsEmpty());
  EXPECT_THAT(roster.members(), ElementsAre(at(1), at(2), at(3)));
}

TEST(Roster, WhoIsListedByADiscoveredOneIsAskedToo) {
  Roster roster({at(1)}, true);
  roster.heard(told(sentinel(1), {sentinel(2)}));
  EXPECT_THAT(roster.heard(told(sentinel(2), {sentinel(1), sentinel(3)})), ElementsAre(at(3)));
}

TEST(Roster, WithoutDiscoveryTheListIsAll) {
  Roster roster({at(1)}, false);
  EXPECT_THAT(roster.heard(told(sentinel(1), {sentinel(2)})), IsEmpty());
  EXPECT_THAT(roster.conclude({told(sentinel(1), {sentinel(2)})}), SizeIs(1));
  EXPECT_THAT(roster.members(), ElementsAre(at(1)));
}

// Listed, and so counted: an updater in a corner of the network knows that it is one.
TEST(Roster, OneThatCannotBeReachedIsCounted) {
  Roster roster({at(1)}, true);
  const auto first = told(sentinel(1), {sentinel(2), sentinel(3)});
  roster.heard(first);
  EXPECT_THAT(roster.conclude({first, silent(2), silent(3)}), SizeIs(3));
  EXPECT_THAT(roster.members(), SizeIs(3));
}

TEST(Roster, OneThatNobodyListsAnyMoreLeaves) {
  Roster roster({at(1)}, true);
  roster.heard(told(sentinel(1), {sentinel(2), sentinel(3)}));
  const auto counted =
      roster.conclude({told(sentinel(1), {sentinel(2)}), told(sentinel(2), {sentinel(1)}), silent(3)});
  EXPECT_THAT(counted, SizeIs(2));
  EXPECT_THAT(roster.members(), ElementsAre(at(1), at(2)));
}

// Cut off together with its updater, and reset: it lists nobody, which is no word about the others.
TEST(Roster, AMinorityStrikesNobody) {
  Roster roster({at(1)}, true);
  roster.heard(told(sentinel(1), {sentinel(2), sentinel(3)}));
  EXPECT_THAT(roster.conclude({told(sentinel(1), {}), silent(2), silent(3)}), SizeIs(3));
  EXPECT_THAT(roster.members(), SizeIs(3));
}

TEST(Roster, ConfiguredOnesAreMembersForGood) {
  Roster roster({at(1), at(2), at(3)}, true);
  EXPECT_THAT(
      roster.conclude({told(sentinel(1), {sentinel(2)}), told(sentinel(2), {sentinel(1)}), silent(3)}),
      SizeIs(3));
  EXPECT_THAT(roster.members(), SizeIs(3));
}

// ---- one Sentinel, two addresses
// ---------------------------------------------------------------------------

TEST(Roster, OneThatIsListedByAnotherAddressThanConfiguredIsNotAskedTwice) {
  const Identity near_by{{"127.0.0.1", 26379, {}}, run(1)};
  Roster roster({near_by.endpoint, at(2)}, true);
  roster.heard(told(near_by, {sentinel(2)}));
  EXPECT_THAT(roster.heard(told(sentinel(2), {sentinel(1)})), IsEmpty());
}

TEST(Roster, OneThatWasAskedAtBothAddressesCountsOnceAndAtTheConfiguredOne) {
  const Identity near_by{{"127.0.0.1", 26379, {}}, run(1)};
  Roster roster({near_by.endpoint, at(2)}, true);
  // Whoever lists it answers first.
  const auto second = told(sentinel(2), {sentinel(1)});
  EXPECT_THAT(roster.heard(second), ElementsAre(at(1)));
  const auto by_either = [](const core::Endpoint& address) { return told({address, run(1)}, {sentinel(2)}); };
  roster.heard(by_either(near_by.endpoint));
  roster.heard(by_either(at(1)));
  const auto counted = roster.conclude({by_either(near_by.endpoint), second, by_either(at(1))});
  ASSERT_THAT(counted, SizeIs(2));
  EXPECT_EQ(counted[0].sentinel, near_by.endpoint);
  EXPECT_THAT(roster.members(), ElementsAre(near_by.endpoint, at(2)));
}

TEST(Roster, TwoConfiguredAddressesOfOneSentinelCountOnce) {
  const Identity near_by{{"127.0.0.1", 26379, {}}, run(1)};
  for (const bool discover : {true, false}) {
    Roster roster({near_by.endpoint, at(1)}, discover);
    EXPECT_THAT(roster.conclude({told(near_by, {}), told(sentinel(1), {})}), SizeIs(1));
  }
}

TEST(Roster, BeforeRunIdsCouldBeAskedTheAddressesDecide) {
  Roster roster({at(1)}, true);
  EXPECT_THAT(roster.heard(told({at(1)}, {sentinel(2)})), ElementsAre(at(2)));
  const auto counted = roster.conclude({told({at(1)}, {sentinel(2)}), told({at(2)}, {{at(1), run(1)}})});
  EXPECT_THAT(counted, SizeIs(2));
}

TEST(Roster, OneThatWasSetUpAnewAtItsAddressIsOneMember) {
  Roster roster({at(1)}, true);
  roster.heard(told(sentinel(1), {sentinel(2)}));
  roster.heard(told({at(2), run(7)}, {sentinel(1)}));
  EXPECT_THAT(roster.heard(told(sentinel(1), {{at(2), run(7)}})), IsEmpty());
  EXPECT_THAT(roster.members(), ElementsAre(at(1), at(2)));
}

TEST(Roster, OneThatHasMovedIsAskedAtItsNewAddressOnceTheOldOneIsStruck) {
  Roster roster({at(1), at(3)}, true);
  roster.heard(told(sentinel(1), {sentinel(2), sentinel(3)}));
  const Identity moved{at(9), run(2)};
  const auto listing_it = told(sentinel(1), {moved, sentinel(3)});
  EXPECT_THAT(roster.heard(listing_it), IsEmpty());
  (void)roster.conclude({listing_it, told(sentinel(3), {sentinel(1), moved}), silent(2)});
  EXPECT_THAT(roster.heard(listing_it), ElementsAre(at(9)));
}

// ---- broken lists
// --------------------------------------------------------------------------------------------

TEST(Roster, AnEndlessListIsCutOff) {
  std::vector<Identity> many;
  for (int host = 2; host < 200; ++host) many.emplace_back(at(host));
  Roster roster({at(1)}, true);
  EXPECT_THAT(roster.heard(told(sentinel(1), many)), SizeIs(Roster::kMostDiscovered));
  EXPECT_THAT(roster.heard(told({at(2), run(2)}, many)), IsEmpty());
  EXPECT_THAT(roster.members(), SizeIs(1 + Roster::kMostDiscovered));
}

TEST(Roster, WhoIsListedTwiceInOneListIsOneMember) {
  Roster roster({at(1)}, true);
  EXPECT_THAT(roster.heard(told(sentinel(1), {sentinel(2), {at(3), run(2)}, {at(2), run(5)}})),
              ElementsAre(at(2)));
}

}  // namespace
}  // namespace rediscovery::sentinel
