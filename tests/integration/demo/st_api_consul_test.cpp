// The example service in Consul: its registration, and its check as Consul reads it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "st_api_process.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class StApiInConsul : public ::testing::Test {
 protected:
  static ClusterOptions options() {
    ClusterOptions options;
    options.redis_nodes = 2;
    options.sentinels = 0;
    return options;
  }
  [[nodiscard]] static std::string check_of(const Consul& consul) {
    const auto checks = consul.get("/v1/health/checks/st-api");
    return checks.empty() ? "none" : checks.at(0).at("Status").get<std::string>();
  }
  static void wait_check(const Consul& consul, const std::string& status) {
    wait_until([&] { return check_of(consul) == status; }, std::chrono::seconds(30),
               "Consul's check to be " + status);
  }
  [[nodiscard]] std::unique_ptr<StApiProcess> launch(const Consul& consul,
                                                     std::vector<std::string> more = {}) {
    more.insert(more.end(),
                {"--redis-replicas", cluster_.slave_service_name(), "--status-deadline-ms", "300",
                 "--register", "http://" + consul.http_address(), "--register-interval-ms", "1000"});
    auto server = std::make_unique<StApiProcess>(
        cluster_, Variant::threads,
        StApiProcess::Settings{std::move(more), {{"ST_API_REGISTER_TOKEN", "a-token-for-Consul"}}, false});
    server->launch();
    return server;
  }

  Cluster cluster_{options()};
};

TEST_F(StApiInConsul, ItsCheckFollowsRedisAndItsEndDeregistersIt) {
  const Consul& consul = cluster_.consul();
  auto server = launch(consul);
  wait_check(consul, "passing");
  const auto service = consul.get("/v1/catalog/service/st-api").at(0);
  EXPECT_EQ(service["ServiceAddress"], server->ip());
  EXPECT_EQ(service["ServicePort"], StApiProcess::kPort);
  cluster_.redis(1).kill();
  wait_check(consul, "warning");
  EXPECT_EQ(cluster_.resolve("st-api.service.consul").code, DnsCode::noerror);
  cluster_.redis(0).stop();
  wait_check(consul, "critical");
  EXPECT_EQ(cluster_.resolve("st-api.service.consul").code, DnsCode::nxdomain);
  cluster_.redis(0).cont();
  wait_check(consul, "warning");
  cluster_.redis(1).restart();
  wait_check(consul, "passing");
  server->terminate();
  EXPECT_EQ(server->wait_exit(), 0);
  EXPECT_EQ(consul.get("/v1/catalog/service/st-api"), nlohmann::json::array());
  EXPECT_THAT(server->whole_log(), Not(HasSubstr("a-token-for-Consul")));
}

TEST_F(StApiInConsul, WithoutConsulItServesAndRegistersLater) {
  Consul late(cluster_.keeper(), "late-consul", cluster_.addresses().next_free_ip(), {});
  auto server = launch(late);
  server->wait_ready();
  wait_until([&] { return server->whole_log().find("registration in Consul failed") != std::string::npos; },
             std::chrono::seconds(10), "the failure to be logged");
  late.launch();
  late.wait_ready();
  wait_check(late, "passing");
  // The agent forgets it, as one does that has lost its disk.
  late.put("/v1/agent/service/deregister/st-api-" + server->ip() + "-8080", "");
  wait_check(late, "none");
  wait_check(late, "passing");
}

TEST_F(StApiInConsul, AnEndWithoutConsulIsAnEndAllTheSame) {
  Consul never(cluster_.keeper(), "no-consul", cluster_.addresses().next_free_ip(), {});
  auto server = launch(never);
  server->wait_ready();
  server->terminate();
  EXPECT_EQ(server->wait_exit(), 0);
}

}  // namespace
}  // namespace rediscovery::testing
