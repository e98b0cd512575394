// The updater with Consul's ACLs on: the policy that the documentation names is enough, and less is
// explained.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "fake_sentinel.hpp"
#include "stage.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kManagementToken = "6a1ddb3a-54d8-4b5e-9a55-0d9bd5b1e3a0";

// The policies are examples for users; the tests give tokens exactly their rules.
std::string example(const std::string& name) {
  const auto path = std::filesystem::path(REDISCOVERY_UPDATER_EXAMPLES) / name;
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw std::runtime_error(path.string() + " cannot be read");
  return text.str();
}

class Acl : public ::testing::Test {
 protected:
  static ClusterOptions options() {
    ClusterOptions options;
    options.redis_nodes = 1;
    options.sentinels = 0;
    options.consul_options.token = kManagementToken;
    options.consul_options.config = {
        {"acl",
         {{"enabled", true},
          {"default_policy", "deny"},
          {"tokens",
           {{"master", kManagementToken}, {"agent", kManagementToken}, {"default", kManagementToken}}}}}};
    return options;
  }
  Acl() : sentinels_(stage_.cluster().addresses(), 3) {
    sentinels_.tell(stage_.cluster().addresses().ip(1), 1);
  }

  std::string make_token(const std::string& name, const std::string& rules) {
    auto& consul = stage_.cluster().consul();
    consul.put("/v1/acl/policy", {{"Name", name}, {"Rules", rules}});
    return consul.put("/v1/acl/token", {{"Policies", {{{"Name", name}}}}})["SecretID"];
  }
  Finished apply(const std::string& token) {
    const auto config = stage_.config_with("acl.json", [this](nlohmann::json& root) {
      root["sentinels"]["addresses"] = sentinels_.endpoints();
    });
    return run_updater(stage_.cluster().keeper(), {"apply", "--config", config, "--timeout-ms", "3000"},
                       {{"CONSUL_HTTP_TOKEN", token}});
  }

  Stage stage_{options()};
  FakeSentinels sentinels_;
};

TEST_F(Acl, TheExampleForTheUpdaterIsEnough) {
  const auto finished = apply(make_token("updater", example("policy-catalog.hcl")));
  EXPECT_EQ(finished.code, 0) << finished.output;
  EXPECT_EQ(stage_.fence()["epoch"], 1);
}

TEST_F(Acl, TheExampleForAnUpdaterBesideAnAgentIsEnough) {
  const auto ip = stage_.cluster().addresses().ip(1);
  const auto config = stage_.config_with("agent.json", [&](nlohmann::json& root) {
    root["sentinels"]["addresses"] = sentinels_.endpoints();
    root["registration"] = "agent";
    root["agent"] = {{"redis", ip}};
  });
  // Anew, and changed.
  for (const std::uint64_t epoch : {1U, 2U}) {
    sentinels_.tell(ip, epoch);
    const auto finished = run_updater(
        stage_.cluster().keeper(), {"apply", "--config", config},
        {{"CONSUL_HTTP_TOKEN", make_token("beside-" + std::to_string(epoch), example("policy-agent.hcl"))}});
    EXPECT_EQ(finished.code, 0) << finished.output;
    EXPECT_EQ(stage_.fence()["epoch"], epoch);
    EXPECT_THAT(stage_.masters(), ElementsAre(ip));
  }
  const auto services = stage_.cluster().consul().get("/v1/agent/services");
  EXPECT_TRUE(services.contains("master:mymaster:" + ip + ":6379")) << services;
}

TEST_F(Acl, TheExampleForTheAgentsThatAnswerDnsIsEnoughAndNeeded) {
  ASSERT_EQ(apply(kManagementToken).code, 0);
  const auto answer_as = [this](const std::string& token) {
    stage_.cluster().consul().put("/v1/agent/token/default", {{"Token", token}});
  };
  answer_as(make_token("nothing", R"(key_prefix "unrelated/" {policy="read"})"));
  EXPECT_THAT(stage_.masters(), IsEmpty());
  answer_as(make_token("dns", example("policy-dns.hcl")));
  EXPECT_THAT(stage_.masters(), ElementsAre(stage_.cluster().addresses().ip(1)));
}

TEST_F(Acl, AWrongTokenIsPermanentExplainedAndNotShown) {
  const std::string wrong = "00000000-dead-beef-0000-000000000000";
  const auto finished = apply(wrong);
  EXPECT_EQ(finished.code, 2) << finished.output;
  EXPECT_THAT(finished.output, HasSubstr("permission_denied"));
  EXPECT_THAT(finished.output, Not(HasSubstr(wrong)));
}

TEST_F(Acl, EachMissingRightIsToldFromALostRace) {
  const std::vector<std::pair<std::string, std::string>> rights = {
      {"no-keys", R"(node_prefix "" {policy="write"} service_prefix "" {policy="write"})"},
      {"read-keys",
       R"(key_prefix "" {policy="read"} node_prefix "" {policy="write"} service_prefix "" {policy="write"})"},
      {"no-nodes", R"(key_prefix "" {policy="write"} service_prefix "" {policy="write"})"},
      {"no-services", R"(key_prefix "" {policy="write"} node_prefix "" {policy="write"})"},
  };
  for (const auto& [name, rules] : rights) {
    const auto finished = apply(make_token(name, rules));
    EXPECT_EQ(finished.code, 2) << name << "\n" << finished.output;
    EXPECT_THAT(finished.output, HasSubstr("permission_denied")) << name;
  }
  EXPECT_TRUE(stage_.fence().is_null());
}

}  // namespace
}  // namespace rediscovery::testing
