// "check" and "status" on real servers: what is broken is named, with what to do about it, and nothing is
// changed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "stage.hpp"

namespace rediscovery::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

// What `check --json` says.
struct Checked {
  int code = -1;
  json report;
  std::string output;

  // Whether there is such a finding; its text and its remedy hold these parts.
  [[nodiscard]] bool has(const std::string& level, const std::string& area, const std::string& text,
                         const std::string& remedy = {}) const {
    for (const auto& finding : report["findings"]) {
      if (finding["level"] == level && finding["area"] == area &&
          finding["text"].get<std::string>().find(text) != std::string::npos &&
          finding["remedy"].get<std::string>().find(remedy) != std::string::npos) {
        return true;
      }
    }
    return false;
  }
  [[nodiscard]] std::size_t count(const std::string& level) const {
    std::size_t count = 0;
    for (const auto& finding : report["findings"]) count += finding["level"] == level ? 1U : 0U;
    return count;
  }
};

Checked check_with(Stage& stage, const std::string& config,
                   const std::map<std::string, std::string>& environment = {},
                   const std::string& timeout = "10000") {
  const auto finished =
      run_updater(stage.cluster().keeper(), {"check", "--config", config, "--json", "--timeout-ms", timeout},
                  environment);
  Checked checked{finished.code, json::parse(finished.output, nullptr, false), finished.output};
  if (checked.report.is_discarded()) throw std::runtime_error("not JSON: " + finished.output);
  return checked;
}

Checked check(Stage& stage) { return check_with(stage, stage.config()); }

class Check : public ::testing::Test {
 protected:
  Check() { EXPECT_EQ(stage_.run({"apply"}).code, 0); }
  Stage stage_;
};

TEST_F(Check, AllIsWellAndSaidSo) {
  const auto checked = check(stage_);
  EXPECT_EQ(checked.code, 0) << checked.output;
  EXPECT_EQ(checked.count("problem"), 0U) << checked.output;
  EXPECT_TRUE(checked.has("ok", "sentinels", "3 of 3 Sentinels agree")) << checked.output;
  EXPECT_TRUE(checked.has("ok", "permissions", "may do everything")) << checked.output;
  EXPECT_TRUE(checked.has("ok", "dns", "master.service.consul")) << checked.output;
  EXPECT_TRUE(checked.has("ok", "redis", "says that it is the master")) << checked.output;
  EXPECT_TRUE(checked.has("ok", "consul", "version 1.")) << checked.output;
}

TEST_F(Check, ChangesNothingInConsul) {
  const auto index = [this] {
    return stage_.cluster().consul().request("GET", "/v1/kv/redis-roles/mymaster").body;
  };
  const auto services = [this] { return stage_.cluster().consul().get("/v1/health/service/master"); };
  const auto key_before = index();
  const auto services_before = services();
  (void)check(stage_);
  EXPECT_EQ(index(), key_before);
  EXPECT_EQ(services(), services_before);
}

TEST_F(Check, PeopleGetHeadingsAndColoursOnlyWhenAsked) {
  const auto plain = stage_.run({"check"});
  EXPECT_THAT(plain.output, HasSubstr("mymaster\n"));
  EXPECT_THAT(plain.output, HasSubstr("0 problems"));
  EXPECT_THAT(plain.output, Not(HasSubstr("\033")));
  EXPECT_THAT(stage_.run({"check", "--color", "always"}).output, HasSubstr("\033[32m"));
}

TEST_F(Check, StatusShowsEverybodysView) {
  const auto finished = stage_.run({"status"});
  EXPECT_EQ(finished.code, 0) << finished.output;
  EXPECT_THAT(finished.output, HasSubstr("3 of 3 agree"));
  EXPECT_THAT(finished.output, HasSubstr("slave.service.consul"));
  std::istringstream lines(finished.output);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;

  const auto status = json::parse(stage_.run({"status", "--json"}).output);
  EXPECT_EQ(status[0]["address"], stage_.cluster().redis(0).endpoint());
  EXPECT_EQ(status[0]["nodes"].size(), 3U);
  EXPECT_EQ(status[0]["nodes"][0]["says"], "master");
  EXPECT_EQ(status[0]["nodes"][0]["consul"], "master");
}

TEST_F(Check, ADeadSentinelIsNamed) {
  stage_.cluster().sentinel(1).kill();
  const auto checked = check(stage_);
  EXPECT_EQ(checked.code, 1) << checked.output;
  EXPECT_TRUE(checked.has("problem", "sentinels",
                          stage_.cluster().sentinel(1).endpoint() + " cannot be reached", "start it"))
      << checked.output;
}

TEST_F(Check, ALostQuorumIsWhatSentinelItselfSays) {
  stage_.cluster().sentinel(1).kill();
  stage_.cluster().sentinel(2).kill();
  // Until the survivor has noticed.
  wait_until([this] { return check(stage_).has("problem", "sentinels", "NOQUORUM", "CKQUORUM mymaster"); },
             std::chrono::seconds(20), "the survivor to miss the others");
}

TEST_F(Check, ASentinelThatIsNeitherConfiguredNorToBeDiscoveredIsFound) {
  const auto config = stage_.config_with("fewer.json", [](json& root) {
    root["sentinels"]["addresses"].erase(2);
    root["sentinels"]["discover"] = false;
  });
  const auto checked = check_with(stage_, config);
  EXPECT_EQ(checked.code, 2) << checked.output;
  EXPECT_TRUE(checked.has("problem", "sentinels",
                          stage_.cluster().sentinel(2).endpoint() + " is known to the others",
                          "sentinels.addresses"))
      << checked.output;
}

TEST_F(Check, AScriptThatCannotRunIsExplained) {
  const auto script = std::filesystem::path(stage_.config()).parent_path() / "script";
  std::ofstream(script) << "echo no interpreter\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  auto& sentinel = stage_.cluster().sentinel(0);
  sentinel.set("client-reconfig-script", script.string());
  auto checked = check(stage_);
  EXPECT_TRUE(checked.has("problem", "scripts", "neither a program", "#!")) << checked.output;
  EXPECT_TRUE(checked.has("warning", "scripts", "but not at")) << checked.output;

  std::filesystem::permissions(script, std::filesystem::perms::owner_read);
  checked = check(stage_);
  EXPECT_TRUE(checked.has("problem", "scripts", "is not executable", "chmod 755")) << checked.output;
  EXPECT_TRUE(checked.has("problem", "scripts", "-script-error")) << checked.output;

  std::filesystem::remove(script);
  checked = check(stage_);
  EXPECT_EQ(checked.code, 2);
  EXPECT_TRUE(checked.has("problem", "scripts", "does not exist")) << checked.output;
}

TEST_F(Check, ASecretThatOthersMayReadIsWarnedOf) {
  const auto config =
      stage_.config_with("open.json", [](json& root) { root["redis"]["password"] = "secret-word"; });
  std::filesystem::permissions(config, std::filesystem::perms(0644));
  const auto checked = check_with(stage_, config);
  EXPECT_TRUE(checked.has("warning", "configuration", "open.json", "chmod 640")) << checked.output;
  EXPECT_THAT(checked.output, Not(HasSubstr("secret-word")));
}

TEST_F(Check, AForeignMasterIsFound) {
  stage_.cluster().consul().txn(
      {{{"Node", {{"Verb", "set"}, {"Node", {{"Node", "web-1"}, {"Address", "10.9.9.9"}}}}}},
       {{"Service",
         {{"Verb", "set"},
          {"Node", "web-1"},
          {"Service",
           {{"ID", "theirs"}, {"Service", "master"}, {"Address", "10.9.9.9"}, {"Port", 6379}}}}}}});
  const auto checked = check(stage_);
  EXPECT_EQ(checked.code, 2) << checked.output;
  EXPECT_TRUE(checked.has("problem", "catalog", "theirs", "deregister it")) << checked.output;
  EXPECT_TRUE(checked.has("problem", "redis", "10.9.9.9:6379")) << checked.output;
}

TEST_F(Check, ASecondMasterAmongTheNodesIsFound) {
  stage_.cluster().redis(1).command({"REPLICAOF", "NO", "ONE"});
  const auto checked = check(stage_);
  EXPECT_EQ(checked.code, 1) << checked.output;
  EXPECT_TRUE(checked.has("problem", "redis",
                          stage_.cluster().redis(1).endpoint() + " says that it is a master, too",
                          "REPLICAOF"))
      << checked.output;
}

TEST_F(Check, AFenceAheadOfTheSentinelsAsksForTheReset) {
  auto fence = stage_.fence();
  fence["epoch"] = 4711;
  stage_.cluster().consul().kv_put("redis-roles/mymaster", fence.dump());
  const auto checked = check(stage_);
  EXPECT_EQ(checked.code, 2) << checked.output;
  EXPECT_TRUE(checked.has("problem", "fence", "4711", "--accept-epoch-reset")) << checked.output;
}

TEST_F(Check, AKeyThatHoldsSomethingElseIsFound) {
  stage_.cluster().consul().kv_put("redis-roles/mymaster", "what is this");
  const auto checked = check(stage_);
  EXPECT_EQ(checked.code, 2) << checked.output;
  EXPECT_TRUE(checked.has("problem", "fence", "did not write", "consul kv")) << checked.output;
}

TEST_F(Check, DnsThatDoesNotAnswerIsNamed) {
  const auto nobody = stage_.cluster().addresses().ip(41) + ":8600";
  const auto config = stage_.config_with("dns.json", [&](json& root) { root["consul"]["dns"] = {nobody}; });
  const auto checked = check_with(stage_, config);
  EXPECT_EQ(checked.code, 1) << checked.output;
  EXPECT_TRUE(checked.has("problem", "dns", nobody, "consul.dns")) << checked.output;
}

TEST_F(Check, ANodeThatDoesNotLetUsInIsTold) {
  stage_.cluster().redis(2).command({"CONFIG", "SET", "requirepass", "other"});
  const auto checked = check(stage_);
  EXPECT_EQ(checked.code, 2) << checked.output;
  EXPECT_TRUE(checked.has("problem", "redis", stage_.cluster().redis(2).endpoint(), "redis.password"))
      << checked.output;
}

TEST_F(Check, WithoutConsulItSaysSoAndStillLooksAtTheRest) {
  stage_.cluster().consul().kill();
  const auto checked = check(stage_);
  EXPECT_EQ(checked.code, 1) << checked.output;
  EXPECT_TRUE(checked.has("problem", "consul", ":8500", "start the agent")) << checked.output;
  EXPECT_TRUE(checked.has("problem", "dns", ":8600")) << checked.output;
  EXPECT_TRUE(checked.has("ok", "sentinels", "3 of 3")) << checked.output;
  EXPECT_TRUE(checked.has("ok", "redis", "is the master")) << checked.output;
}

TEST_F(Check, WithEverythingHangingItEndsAndSaysHowFarItGot) {
  auto& cluster = stage_.cluster();
  for (std::size_t i = 0; i < cluster.redis_count(); ++i) cluster.redis(i).stop();
  for (std::size_t i = 0; i < cluster.sentinel_count(); ++i) cluster.sentinel(i).stop();
  cluster.consul().stop();
  // Ends by itself, or wait() throws.
  const auto checked = check_with(stage_, stage_.config(), {}, "800");
  EXPECT_EQ(checked.code, 1) << checked.output;
  for (std::size_t i = 0; i < cluster.sentinel_count(); ++i) {
    EXPECT_TRUE(checked.has("problem", "sentinels", cluster.sentinel(i).endpoint())) << checked.output;
  }
  EXPECT_TRUE(checked.has("problem", "consul", "timeout")) << checked.output;
}

constexpr const char* kManagementToken = "6a1ddb3a-54d8-4b5e-9a55-0d9bd5b1e3a0";

class CheckAcl : public ::testing::Test {
 protected:
  static ClusterOptions options() {
    ClusterOptions options;
    options.redis_nodes = 1;
    options.consul_options.token = kManagementToken;
    options.consul_options.config = {
        {"acl",
         {{"enabled", true},
          {"default_policy", "deny"},
          {"tokens",
           {{"master", kManagementToken}, {"agent", kManagementToken}, {"default", kManagementToken}}}}}};
    return options;
  }
  // A token with these rules and, beside them, the right to everything that they do not name.
  std::string make_token(const std::string& name, const std::string& rules) {
    auto& consul = stage_.cluster().consul();
    consul.put("/v1/acl/policy", {{"Name", name}, {"Rules", rules}});
    return consul.put("/v1/acl/token", {{"Policies", {{{"Name", name}}}}})["SecretID"];
  }
  Checked check(const std::string& token) {
    return check_with(stage_, stage_.config(), {{"CONSUL_HTTP_TOKEN", token}});
  }
  Stage stage_{options()};
};

TEST_F(CheckAcl, EachMissingRightIsNamedWithItsRule) {
  const std::vector<std::pair<std::string, std::string>> rights = {
      {"key_prefix \"redis-roles/\"", "key_prefix \"redis-roles/\" { policy = \"write\" }\n"},
      {"node_prefix \"redis-\"", "node_prefix \"redis-\" { policy = \"write\" }\n"},
      {"service \"master\"", "service \"master\" { policy = \"write\" }\n"},
      {"service \"slave\"", "service \"slave\" { policy = \"write\" }\n"},
  };
  std::string all;
  for (const auto& right : rights) all += right.second;
  const auto whole = check(make_token("whole", all));
  EXPECT_TRUE(whole.has("ok", "permissions", "may do everything")) << whole.output;
  EXPECT_TRUE(whole.has("ok", "consul", "the token is valid", "")) << whole.output;

  for (std::size_t missing = 0; missing < rights.size(); ++missing) {
    std::string rules;
    for (std::size_t i = 0; i < rights.size(); ++i) rules += i == missing ? "" : rights[i].second;
    const auto checked = check(make_token("without-" + std::to_string(missing), rules));
    EXPECT_EQ(checked.code, 2) << checked.output;
    for (std::size_t i = 0; i < rights.size(); ++i) {
      EXPECT_EQ(checked.has("problem", "permissions", "may not write " + rights[i].first, rights[i].first),
                i == missing)
          << rights[i].first << "\n"
          << checked.output;
    }
  }
  EXPECT_TRUE(stage_.fence().is_null());
}

TEST_F(CheckAcl, ATokenThatDoesNotExistIsExplainedAndNotShown) {
  const std::string wrong = "00000000-dead-beef-0000-000000000000";
  const auto checked = check(wrong);
  EXPECT_EQ(checked.code, 2) << checked.output;
  EXPECT_TRUE(checked.has("problem", "consul", "the token cannot be used", "consul acl token create"))
      << checked.output;
  EXPECT_THAT(checked.output, Not(HasSubstr(wrong)));
}

}  // namespace
}  // namespace rediscovery::testing
