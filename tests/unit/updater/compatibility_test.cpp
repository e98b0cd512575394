// The rules that keep every transaction acceptable to Consul 1.8 to 2.x, whatever the situation. Which of
// them was tried on which Consul stands in docs/updater.md.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "situation.hpp"
#include "updater/plan.hpp"

namespace rediscovery::updater {
namespace {

using nlohmann::json;
using sentinel::ReplicaState;
using testing::Situation;

std::vector<Situation> situations() {
  std::vector<Situation> all;
  all.push_back(Situation().with_replica(6).with_replica(7));  // the first registration
  all.push_back(Situation::settled().sentinels_say(6, 8));     // a switch
  all.push_back(Situation::settled());                         // another replica, and one less
  all.back().with_replica(8).consensus.replicas.erase(all.back().consensus.replicas.begin());
  all.push_back(Situation::settled());  // other names
  all.back().master.services = {"cache", "cache-ro"};
  all.push_back(Situation::settled());  // everything that can be configured
  auto& master = all.back().master;
  master.labels.master = {{"a", "b"}, {10, 0}, {{"team", "web"}}};
  EXPECT_EQ(master.address_map.add("10.0.0.5", "203.0.113.5:16379"), std::nullopt);
  all.back().consul.nodes["redis-10-0-0-5"].is_own = true;
  all.back().consensus.run_id = "abc";
  all.push_back(Situation::settled());  // no replica left
  all.back().master.slave_fallback = true;
  for (auto& replica : all.back().consensus.replicas) replica.state = ReplicaState::down;
  all.push_back(Situation());  // more than fits
  for (int i = 10; i < 90; ++i) all.back().with_replica(i);
  return all;
}

class Compatibility : public ::testing::TestWithParam<std::size_t> {
 protected:
  Compatibility() : situation_(situations()[GetParam()]), plan_(situation_.plan()) {
    body_ = consul::to_json(transaction(plan_, "redis-roles/mymaster"));
  }
  // The operations of one kind, without their envelope.
  [[nodiscard]] std::vector<json> of(const char* kind) const {
    std::vector<json> found;
    for (const auto& operation : body_) {
      if (operation.contains(kind)) found.push_back(operation[kind]);
    }
    return found;
  }

  Situation situation_;
  Plan plan_;
  json body_;
};

std::set<std::string> keys(const json& object) {
  std::set<std::string> names;
  for (const auto& [name, value] : object.items()) names.insert(name);
  return names;
}

TEST_P(Compatibility, OneTransactionHoldsAtMostSixtyFourOperationsAndTheFenceIsFirst) {
  ASSERT_EQ(plan_.verdict, Verdict::change);
  EXPECT_LE(body_.size(), 64U);
  ASSERT_EQ(of("KV").size(), 1U);
  EXPECT_TRUE(body_[0].contains("KV"));
}

// 2.0 refuses other characters.
TEST_P(Compatibility, KeysArePlain) { EXPECT_TRUE(is_key(of("KV")[0]["Key"].get<std::string>())); }

// With an ID Consul would find the node by that, and rename or remove another one.
TEST_P(Compatibility, NodesHaveANameAndNoId) {
  for (const auto& operation : of("Node")) {
    EXPECT_EQ(keys(operation["Node"]), (std::set<std::string>{"Node", "Address", "Meta"}));
  }
}

// No TaggedAddresses, which transactions lost in some versions; Port and not Ports, which DNS reads
// everywhere.
TEST_P(Compatibility, ServicesHaveExactlyTheFieldsThatAllVersionsKnow) {
  for (const auto& operation : of("Service")) {
    const bool removes = operation["Verb"] == "delete";
    EXPECT_EQ(keys(operation["Service"]), removes ? (std::set<std::string>{"ID", "Service"})
                                                  : (std::set<std::string>{"ID", "Service", "Address", "Port",
                                                                           "Tags", "Meta", "Weights"}));
    if (removes) continue;
    EXPECT_GT(operation["Service"]["Port"], 0);
    EXPECT_GT(operation["Service"]["Weights"]["Passing"], 0)
        << "the agent's API refuses 0, newer servers may";
  }
}

// Newer Consul refuses to let an ID change its service's name, also within one transaction.
TEST_P(Compatibility, TheRoleIsInTheIdAndNoIdIsDeletedAndSetAtOnce) {
  std::set<std::string> deleted;
  for (const auto& operation : of("Service")) {
    const auto id = operation["Service"]["ID"].get<std::string>();
    if (operation["Verb"] == "delete") {
      deleted.insert(id);
      continue;
    }
    const auto& names = situation_.master.services;
    EXPECT_EQ(operation["Service"]["Service"], id.starts_with("master:") ? names.master : names.replica);
    EXPECT_FALSE(deleted.contains(id)) << id;
  }
}

// Newer Consul looks at the name, too.
TEST_P(Compatibility, ADeleteCarriesTheNameUnderWhichItIsRegistered) {
  for (const auto& operation : of("Service")) {
    if (operation["Verb"] != "delete") continue;
    bool found = false;
    for (const auto& entry : situation_.consul.entries) {
      found = found || (entry.id == operation["Service"]["ID"] &&
                        entry.service == operation["Service"]["Service"] && entry.node == operation["Node"]);
    }
    EXPECT_TRUE(found) << operation;
  }
}

// Consul's default is "critical", and DNS shows nothing that is critical.
TEST_P(Compatibility, EveryServiceThatIsSetGetsAPassingCheckBehindIt) {
  std::set<std::string> passing;
  for (const auto& operation : of("Check")) {
    EXPECT_EQ(operation["Check"]["Status"], "passing");
    passing.insert(operation["Check"]["ServiceID"].get<std::string>());
  }
  for (const auto& operation : of("Service")) {
    if (operation["Verb"] != "set") continue;
    EXPECT_TRUE(passing.contains(operation["Service"]["ID"].get<std::string>()));
  }
}

INSTANTIATE_TEST_SUITE_P(Transactions, Compatibility, ::testing::Range<std::size_t>(0, situations().size()));

}  // namespace
}  // namespace rediscovery::updater
