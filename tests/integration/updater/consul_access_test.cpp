// The ways to a real Consul: a Unix socket, a token that is exchanged at work, and what a Consul without
// Enterprise says to a namespace or a partition.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "consul_alone.hpp"
#include "support/wait.hpp"

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kManagementToken = "6a1ddb3a-54d8-4b5e-9a55-0d9bd5b1e3a0";

class ConsulAccess : public ::testing::Test {
 protected:
  static ConsulOptions options(const std::string&, const std::filesystem::path& folder) {
    ConsulOptions options;
    options.unix_socket = folder / "consul.sock";
    options.token = kManagementToken;
    options.config = {
        {"acl",
         {{"enabled", true},
          {"default_policy", "deny"},
          {"tokens",
           {{"master", kManagementToken}, {"agent", kManagementToken}, {"default", kManagementToken}}}}}};
    return options;
  }

  [[nodiscard]] std::string socket() { return "unix://" + (stage_.folder() / "consul.sock").string(); }
  [[nodiscard]] json section(const std::string& address) {
    return {{"addresses", {address}}, {"token", kManagementToken}};
  }
  json make_token() {
    return stage_.consul().put("/v1/acl/token", {{"Policies", {{{"Name", "global-management"}}}}});
  }

  // Of the fence; 0 while there is none.
  int epoch() {
    const auto fence = stage_.fence();
    return fence.is_null() ? 0 : fence["epoch"].get<int>();
  }
  void revoke(const json& token) {
    const auto path = "/v1/acl/token/" + token["AccessorID"].get<std::string>();
    ASSERT_EQ(stage_.consul().request("DELETE", path).status, 200);
  }

  ConsulAlone stage_{&options};
};

TEST_F(ConsulAccess, AUnixSocketIsAnAddress) {
  const auto finished = stage_.apply(section(socket()));
  EXPECT_EQ(finished.code, 0) << finished.output;
  EXPECT_EQ(stage_.fence()["epoch"], 7);
}

TEST_F(ConsulAccess, AUnixSocketAndATokenFileByConsulsOwnVariables) {
  const auto file = stage_.folder() / "token";
  std::ofstream(file) << kManagementToken << "\n";
  const auto finished = stage_.apply(
      json::object(), {{"CONSUL_HTTP_ADDR", socket()}, {"CONSUL_HTTP_TOKEN_FILE", file.string()}});
  EXPECT_EQ(finished.code, 0) << finished.output;
  EXPECT_EQ(stage_.fence()["epoch"], 7);
}

TEST_F(ConsulAccess, ASocketThatIsNotThereIsNamedAndTheNextAddressTried) {
  const std::string nowhere = "unix://" + (stage_.folder() / "nowhere.sock").string();
  auto finished = stage_.apply(section(nowhere));
  EXPECT_EQ(finished.code, 1) << finished.output;
  EXPECT_THAT(finished.output, HasSubstr(nowhere));
  auto both = section(nowhere);
  both["addresses"].push_back(stage_.consul().http_address());
  finished = stage_.apply(both);
  EXPECT_EQ(finished.code, 0) << finished.output;
}

TEST_F(ConsulAccess, WithoutEnterpriseANamespaceOrPartitionIsRefusedWithTheRemedy) {
  for (const auto* field : {"namespace", "partition"}) {
    auto consul = section(stage_.consul().http_address());
    consul[field] = "team";
    const auto finished = stage_.apply(consul);
    EXPECT_EQ(finished.code, 2) << finished.output;
    EXPECT_THAT(finished.output, HasSubstr("leave consul." + std::string(field)));
  }
  EXPECT_TRUE(stage_.fence().is_null()) << "nothing may be written elsewhere instead";
}

TEST_F(ConsulAccess, ATokenThatIsRotatedNeedsNoRestart) {
  const auto first = make_token();
  const auto file = stage_.folder() / "token";
  std::ofstream(file) << first["SecretID"].get<std::string>();
  UpdaterProcess daemon(
      stage_.keeper(),
      {"run", "--config",
       stage_.config({{"addresses", {stage_.consul().http_address()}}, {"token_file", file.string()}})});
  wait_until([&] { return epoch() == 7; }, 10s, "the first registration");

  const auto second = make_token();
  std::ofstream(file) << second["SecretID"].get<std::string>();
  revoke(first);
  stage_.sentinels().tell("10.0.0.6", 8, {"10.0.0.5"});
  wait_until([&] { return epoch() == 8; }, 10s, "a switch with the new token");
  EXPECT_THAT(daemon.output(), Not(HasSubstr("permission_denied")));

  // A refusal that no new token explains stays one, and is told.
  revoke(second);
  daemon.wait_output("permission_denied");
  EXPECT_THAT(daemon.output(), Not(HasSubstr(second["SecretID"].get<std::string>())));
}

}  // namespace
}  // namespace rediscovery::testing
