// The end of the example service, in the middle of requests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <future>
#include <memory>
#include <thread>

#include "st_api_variants.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::HasSubstr;
using Answer = StApiProcess::Answer;

constexpr const char* kStart = "/playback/film-1?user=ada&device=tv&quality=hd";

class StApiDrain : public EachVariant {
 protected:
  static ClusterOptions options() {
    ClusterOptions options;
    options.redis_nodes = 1;
    options.sentinels = 0;
    return options;
  }
  void SetUp() override { cluster_.redis(0).command({"SADD", "purchases:ada", "film-1"}); }
  static void wait_in_flight(const StApiProcess& server, std::size_t count) {
    wait_until(
        [&] { return server.metric("st_api_http_requests_in_flight") >= static_cast<double>(count) + 1; },
        std::chrono::seconds(20), std::to_string(count) + " requests to be under way");
  }
  void send_sigterm(const StApiProcess& server) { cluster_.keeper().signal(server.pid(), SIGTERM); }

  Cluster cluster_{options()};
};
INSTANTIATE_TEST_SUITE_P(Both, StApiDrain, kBothVariants, kVariantName);

TEST_P(StApiDrain, StatusIsCriticalFirstAndWhatIsUnderWayIsAnswered) {
  auto server = launch(cluster_, {"--deadline-ms", "20000", "--drain-grace-ms", "60000"});
  server->wait_ready();
  cluster_.redis(0).stop();
  std::vector<std::future<Answer>> under_way;
  for (int i = 0; i < 30; ++i) {
    under_way.push_back(std::async(std::launch::async, [&] { return server->get(kStart); }));
  }
  wait_in_flight(*server, under_way.size());
  send_sigterm(*server);
  // In the grace, who comes is answered still, and hears that this is no place to stay.
  wait_until([&] { return server->get("/status").status == 503; }, std::chrono::seconds(10),
             "/status to be critical");
  const Answer status = server->get("/status");
  EXPECT_EQ(status.body["reason"], "shutting down");
  EXPECT_EQ(status.header("Connection"), "close");
  EXPECT_EQ(server->metric("st_api_draining"), 1);
  under_way.push_back(std::async(std::launch::async, [&] { return server->get(kStart); }));
  wait_in_flight(*server, under_way.size());
  send_sigterm(*server);  // the second one cuts the grace short
  wait_until([&] { return server->get("/status").status == 0; }, std::chrono::seconds(10),
             "nobody to be accepted");
  EXPECT_TRUE(server->running());
  cluster_.redis(0).cont();
  for (auto& answer : under_way) EXPECT_EQ(answer.get().status, 200);
  EXPECT_EQ(server->wait_exit(), 0);
  EXPECT_EQ(server->log_lines().back()["message"], "stopped");
}

TEST_P(StApiDrain, UnderLoadNothingThatWasAcceptedIsLost) {
  auto server = launch(cluster_, {"--drain-grace-ms", "500"});
  server->wait_ready();
  // As a load balancer does it: nobody is sent here any more once /status is critical.
  std::atomic<bool> in_rotation = true;
  std::atomic<int> answered = 0;
  std::atomic<int> lost = 0;
  std::vector<std::jthread> viewers;
  for (int i = 0; i < 8; ++i) {
    viewers.emplace_back([&] {
      while (in_rotation) ++(server->get(kStart).status == 200 ? answered : lost);
    });
  }
  wait_until([&] { return answered > 50; }, std::chrono::seconds(20), "some requests to be answered");
  send_sigterm(*server);
  wait_until([&] { return server->get("/status").status == 503; }, std::chrono::seconds(10),
             "/status to be critical");
  in_rotation = false;
  viewers.clear();
  EXPECT_EQ(server->wait_exit(), 0);
  EXPECT_EQ(lost, 0);
}

TEST_P(StApiDrain, AtTheLimitWhatWaitsForRedisFailsAndItEnds) {
  auto server = launch(cluster_, {"--deadline-ms", "60000", "--drain-limit-ms", "300"});
  server->wait_ready();
  cluster_.redis(0).stop();
  auto under_way = std::async(std::launch::async, [&] { return server->get(kStart); });
  wait_in_flight(*server, 1);
  send_sigterm(*server);
  EXPECT_EQ(under_way.get().status, 503);
  EXPECT_EQ(server->wait_exit(), 0);
  EXPECT_THAT(server->whole_log(), HasSubstr("drain limit"));
}

TEST_P(StApiDrain, AClientThatSendsHalfARequestHoldsNothingUp) {
  auto server = launch(cluster_, {"--drain-limit-ms", "300"});
  server->wait_ready();
  const auto viewer = server->send_only(kStart, "X-Half: ");
  EXPECT_EQ(server->get(kStart).status, 200);
  server->terminate(std::chrono::seconds(20));
  EXPECT_FALSE(server->running());
}

}  // namespace
}  // namespace rediscovery::testing
