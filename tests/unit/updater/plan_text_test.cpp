#include "updater/plan_text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "situation.hpp"

namespace rediscovery::updater {
namespace {

using testing::Situation;

TEST(PlanText, ASwitchReadsAsADifference) {
  auto situation = Situation::settled();
  situation.sentinels_say(6, 8, 1);
  situation.consensus.replicas.clear();
  situation.with_replica(7);
  std::ostringstream out;
  out << situation.plan();
  EXPECT_EQ(out.str(),
            "mymaster: change: master moves from 10.0.0.5:6379 to 10.0.0.6:6379, config-epoch 7 to 8; 1 of 3 "
            "Sentinels agree\n"
            "  + master 10.0.0.6:6379 as master on redis-10-0-0-6\n"
            "  - master 10.0.0.5:6379 as master on redis-10-0-0-5\n"
            "  - slave 10.0.0.6:6379 as slave on redis-10-0-0-6\n"
            "  ~ slave 10.0.0.7:6379 as slave on redis-10-0-0-7\n");
}

// Scripts and logs tell them apart by it.
TEST(PlanText, EveryCauseHasAWordOfItsOwn) {
  std::set<std::string_view> words;
  std::size_t causes = 0;
  for (auto cause = Cause::none; cause <= Cause::not_ours;
       cause = static_cast<Cause>(static_cast<int>(cause) + 1), ++causes) {
    EXPECT_NE(to_string(cause), "?");
    words.insert(to_string(cause));
  }
  EXPECT_EQ(words.size(), causes);
}

TEST(PlanText, ARefusalNamesItsCause) {
  std::ostringstream out;
  out << Situation().sentinels_say(5, 7, 1).plan();
  EXPECT_EQ(
      out.str(),
      "mymaster: refused (below_quorum): there is no record in Consul yet, and for the first one 2 Sentinels "
      "must agree; 1 of 3 do\n");
}

TEST(PlanText, JsonHasEverything) {
  auto situation = Situation::settled();
  situation.sentinels_say(6, 8);
  const auto json = to_json(situation.plan());
  EXPECT_EQ(json["master"], "mymaster");
  EXPECT_EQ(json["verdict"], "change");
  EXPECT_EQ(json["before"]["address"], "10.0.0.5:6379");
  EXPECT_EQ(json["after"]["epoch"], 8);
  EXPECT_EQ(json["steps"][0]["action"], "add");
  EXPECT_EQ(json["steps"][0]["id"], "master:mymaster:10.0.0.6:6379");
}

TEST(PlanText, JsonOfARefusalHasNoAfter) {
  const auto json = to_json(Situation().sentinels_say(5, 7, 1).plan());
  EXPECT_TRUE(json["after"].is_null());
  EXPECT_TRUE(json["before"].is_null());
  EXPECT_EQ(json["cause"], "below_quorum");
}

}  // namespace
}  // namespace rediscovery::updater
