// `st-api-gate run`: follows a real Consul, whatever happens to it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "consul_proxy.hpp"
#include "stage.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Answer = std::vector<std::string>;
const Answer kAll{"192.0.2.1", "192.0.2.2", "192.0.2.3"};
const Answer kWithoutB{"192.0.2.1", "192.0.2.3"};

class GateRun : public ::testing::Test {
 protected:
  void enroll_all() {
    stage_.enroll("a", "192.0.2.1");
    stage_.enroll("b", "192.0.2.2");
    stage_.enroll("c", "192.0.2.3");
  }
  GateStage stage_;
};

TEST_F(GateRun, FollowsHealthBothWaysAndEndsWithZeroOnASignal) {
  enroll_all();
  // Consul itself must say it: the gate does not look by itself for an hour.
  auto gate = stage_.start({"--reconcile-ms", "3600000"});
  stage_.wait_answer(kAll);
  for (int round = 0; round < 3; ++round) {
    stage_.set("b", "critical");
    stage_.wait_answer(kWithoutB);
    stage_.set("b", "passing");
    stage_.wait_answer(kAll);
  }
  gate->signal(SIGTERM);
  EXPECT_EQ(gate->wait(), 0);
  EXPECT_THAT(gate->output(), HasSubstr("stopped"));
}

TEST_F(GateRun, FollowsTheListAndItsExpiry) {
  enroll_all();
  auto gate = stage_.start({"--reconcile-ms", "3600000"});
  stage_.wait_answer(kAll);
  EXPECT_EQ(stage_.gate("exclude", {"b", "--reason", "a moment", "--for", "2s"}).code, 0);
  stage_.wait_answer(kWithoutB);
  stage_.wait_answer(kAll);
}

TEST_F(GateRun, WhoIsRegisteredLaterEntersOnceAdmitted) {
  auto gate = stage_.start({"--reconcile-ms", "3600000"});
  gate->wait_output("following");
  enroll_all();
  stage_.enroll("d", "192.0.2.4", false);
  stage_.wait_answer(kAll);
  EXPECT_EQ(stage_.gate("admit", {"d"}).code, 0);
  stage_.wait_answer({"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"});
}

TEST_F(GateRun, OutlivesConsulAndSeesWhatHasHappenedMeanwhileAlsoWhenItsIndexBeginsAnew) {
  enroll_all();
  // So that the index that it waits for is higher than any of the new Consul's for long.
  for (int i = 0; i < 100; ++i) stage_.consul().kv_put("elsewhere", std::to_string(i));
  auto gate = stage_.start({"--reconcile-ms", "3600000"});
  stage_.wait_answer(kAll);
  stage_.set("a", "warning");
  stage_.set("a", "passing");
  stage_.consul().kill();
  gate->wait_output("does not answer");
  // It has lost everything, the list as well.
  stage_.renew_consul();
  gate->wait_output("the list of the admitted is empty");
  EXPECT_EQ(stage_.answer(), kAll);
  enroll_all();
  stage_.set("b", "critical");
  stage_.wait_answer(kWithoutB);
  stage_.set("b", "passing");
  stage_.wait_answer(kAll);
}

TEST_F(GateRun, OutlivesManyErrorsInARow) {
  enroll_all();
  ConsulProxy proxy(stage_.addresses(), stage_.consul());
  auto gate = stage_.start({"--consul", "http://" + proxy.endpoint(), "--reconcile-ms", "100"});
  stage_.wait_answer(kAll);
  std::atomic<int> refused = 0;
  ConsulProxy::Hooks hooks;
  hooks.before = [&refused](const ConsulProxy::Request&) {
    ++refused;
    return std::optional(http_answer("500 Internal Server Error", "No cluster leader"));
  };
  proxy.set_hooks(hooks);
  stage_.set("b", "critical");
  wait_until([&] { return refused > 25; }, std::chrono::seconds(60), "25 errors");
  EXPECT_EQ(stage_.answer(), kAll) << "without a leader nothing is believed";
  EXPECT_THAT(gate->output(), HasSubstr("it has no leader"));
  proxy.set_hooks({});
  stage_.wait_answer(kWithoutB);
  EXPECT_TRUE(gate->running());
}

TEST_F(GateRun, AnAnswerThatIsCutOffOrWrongRemovesNobody) {
  enroll_all();
  stage_.publish();
  ConsulProxy proxy(stage_.addresses(), stage_.consul());
  for (const char* body : {"[{", "{}", "[{\"Node\":{}}]", "null", "[null]", "<html>"}) {
    ConsulProxy::Hooks hooks;
    hooks.before = [body](const ConsulProxy::Request& request) -> std::optional<TcpAction> {
      if (request.path.find("/v1/health") == std::string::npos) return std::nullopt;
      return http_answer("200 OK", body);
    };
    proxy.set_hooks(hooks);
    const auto once = stage_.gate("once", {"--consul", "http://" + proxy.endpoint(), "--deadline-ms", "0"});
    EXPECT_NE(once.code, 0) << body;
    EXPECT_EQ(stage_.answer(), kAll) << body << once.output;
  }
}

TEST_F(GateRun, ConsulThatKnowsNoLeaderIsNotBelieved) {
  enroll_all();
  stage_.publish();
  ConsulProxy proxy(stage_.addresses(), stage_.consul());
  ConsulProxy::Hooks hooks;
  hooks.before = [](const ConsulProxy::Request& request) -> std::optional<TcpAction> {
    if (request.path.find("/v1/health") == std::string::npos) return std::nullopt;
    return TcpAction{"HTTP/1.1 200 OK\r\nX-Consul-KnownLeader: false\r\nContent-Length: 2\r\n\r\n[]", true};
  };
  proxy.set_hooks(hooks);
  const auto once =
      stage_.gate("once", {"--consul", "http://" + proxy.endpoint(), "--shrink-window-ms", "0"});
  EXPECT_EQ(once.code, 3);
  EXPECT_THAT(once.output, HasSubstr("nothing is changed: Consul has no leader"));
  EXPECT_EQ(stage_.answer(), kAll);
}

TEST_F(GateRun, OutlivesTheDnsServerAndCatchesUp) {
  enroll_all();
  auto gate = stage_.start({"--timeout-ms", "500"});
  stage_.wait_answer(kAll);
  stage_.dns().stop();
  stage_.set("b", "critical");
  gate->wait_output("does not answer", std::chrono::seconds(30));
  stage_.dns().cont();
  stage_.wait_answer(kWithoutB);
}

TEST_F(GateRun, RepairsWhatSomebodyTakesAwayAndLeavesWhatSomebodyAdds) {
  enroll_all();
  auto gate = stage_.start({"--reconcile-ms", "200"});
  stage_.wait_answer(kAll);
  stage_.dns().update(
      {"update delete st-api.example.test. A 192.0.2.2", "update add st-api.example.test. 5 A 192.0.2.9"});
  stage_.wait_answer({"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.9"});
  stage_.set("b", "critical");
  stage_.wait_answer({"192.0.2.1", "192.0.2.3", "192.0.2.9"});
}

TEST_F(GateRun, ManyGatesAreOne) {
  enroll_all();
  std::vector<std::unique_ptr<ChildProcess>> gates;
  for (int i = 0; i < 4; ++i) gates.push_back(stage_.start());
  stage_.wait_answer(kAll);
  for (int round = 0; round < 5; ++round) {
    stage_.set("b", "critical");
    stage_.wait_answer(kWithoutB);
    stage_.set("b", "passing");
    stage_.wait_answer(kAll);
  }
  // Each change was made once, by one of them.
  std::size_t removed = 0;
  for (auto& gate : gates) {
    gate->signal(SIGTERM);
    EXPECT_EQ(gate->wait(), 0);
    const std::string text = gate->output();
    for (auto at = text.find("audit: removed"); at != std::string::npos;
         at = text.find("audit: removed", at + 1))
      ++removed;
  }
  EXPECT_EQ(removed, 5U);
}

TEST_F(GateRun, AStandstillInConsulIsNoReasonToWaitWithTheEnd) {
  enroll_all();
  auto gate = stage_.start();
  stage_.wait_answer(kAll);
  stage_.consul().stop();
  gate->signal(SIGINT);
  EXPECT_EQ(gate->wait(), 0);
  stage_.consul().cont();
}

TEST_F(GateRun, AKeyThatIsRefusedIsTriedAgainWithGrowingPausesAndSaidOnce) {
  enroll_all();
  ChildProcess gate(stage_.keeper(), "st-api-gate",
                    stage_.command("run", {"--tsig-name", Knot::kOtherKey, "--reconcile-ms", "100"}),
                    stage_.environment());
  gate.wait_output("refuses the update");
  wait_until(
      [this] {
        const auto memory = stage_.consul().kv_get("st-api-gate/memory");
        return memory && nlohmann::json::parse(*memory).at("pace").at("failures").get<int>() >= 3;
      },
      std::chrono::seconds(30), "three failures");
  const std::string text = gate.output();
  EXPECT_EQ(text.find("refuses the update"), text.rfind("refuses the update")) << text;
  EXPECT_THAT(text, Not(HasSubstr(Knot::kSecret)));
}

}  // namespace
}  // namespace rediscovery::testing
