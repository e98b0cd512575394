#include "updater/role_check.hpp"

#include <gtest/gtest.h>

namespace rediscovery::updater {
namespace {

class JudgeRoles : public ::testing::Test {
 protected:
  JudgeRoles() {
    config_.masters = {{"mymaster", {}}, {"other", {}}};
    config_.agent = AgentSettings{{"10.0.0.5", 6379, {}}, std::chrono::milliseconds(5000)};
  }
  static consul::AgentService service(const std::string& id) { return {id, "x", "", 0, {}, {}}; }
  static core::NodeReport saying(core::Role role) {
    core::NodeReport report;
    report.role = role;
    return report;
  }
  Config config_;
};

TEST_F(JudgeRoles, OnlyTheRoleThatTheRedisSaysPasses) {
  const std::vector<consul::AgentService> both = {service("master:mymaster:10.0.0.5:6379"),
                                                  service("slave:mymaster:10.0.0.5:6379")};
  auto verdicts = judge_roles(config_, both, saying(core::Role::master));
  ASSERT_EQ(verdicts.size(), 2U);
  EXPECT_EQ(verdicts[0].role, Role::master);
  EXPECT_EQ(verdicts[0].master_name, "mymaster");
  EXPECT_EQ(verdicts[0].check.check_id, "role:master:mymaster:10.0.0.5:6379");
  EXPECT_EQ(verdicts[0].check.status, "passing");
  EXPECT_EQ(verdicts[1].check.status, "critical");
  EXPECT_EQ(verdicts[1].check.output, "the Redis says that it is a master");
  verdicts = judge_roles(config_, both, saying(core::Role::replica));
  EXPECT_EQ(verdicts[0].check.status, "critical");
  EXPECT_EQ(verdicts[1].check.status, "passing");
}

TEST_F(JudgeRoles, ARedisThatDoesNotAnswerIsCritical) {
  const auto verdicts = judge_roles(config_, {service("master:mymaster:10.0.0.5:6379")}, std::nullopt);
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts[0].check.status, "critical");
  EXPECT_EQ(verdicts[0].check.output, "the Redis does not answer");
}

TEST_F(JudgeRoles, OnlyServicesOfOurRedisAndOfConfiguredMastersCount) {
  const auto verdicts =
      judge_roles(config_,
                  {service("master:mymaster:10.0.0.6:6379"), service("web"),
                   service("master:unknown:10.0.0.5:6379"), service("slave:other:10.0.0.5:6379")},
                  saying(core::Role::replica));
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts[0].master_name, "other");
}

}  // namespace
}  // namespace rediscovery::updater
