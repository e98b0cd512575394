// The back end for Route 53, against a stand-in for it; the signatures themselves are tested by AWS' values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "backends/route53.hpp"
#include "route53_stand_in.hpp"
#include "stage.hpp"
#include "support/scripted_tcp.hpp"

namespace st_gate {
namespace {

using rediscovery::testing::AddressBlock;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Result = Written::Result;

constexpr const char* kName = "st-api.example.test.";

Change add(const std::string& address) { return {Move::add, address, "", ""}; }
Change remove(const std::string& address) { return {Move::remove, address, "", ""}; }
Time now() { return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()); }

class GateRoute53 : public ::testing::Test {
 protected:
  [[nodiscard]] Route53Settings settings() const {
    Route53Settings settings;
    settings.endpoint = zone_.url();
    settings.hosted_zone = Route53StandIn::kZone;
    settings.name = kName;
    settings.key = Route53StandIn::key();
    settings.clock = now;
    return settings;
  }
  AddressBlock addresses_;
  Route53StandIn zone_{addresses_.next_free_ip()};
};

TEST_F(GateRoute53, AddsAndRemovesSetsOfItsOwnWithSignaturesThatAreRight) {
  Route53 backend(settings());
  EXPECT_THAT(backend.read().records, IsEmpty());
  ASSERT_EQ(backend.write(backend.read(), {add("192.0.2.1"), add("192.0.2.2"), add("2001:db8::1")}).result,
            Result::done);
  const auto read = backend.read();
  ASSERT_EQ(read.records.size(), 3U);
  for (const auto& record : read.records) EXPECT_TRUE(record.ours) << record.address;
  ASSERT_EQ(backend.write(read, {remove("192.0.2.1")}).result, Result::done);
  EXPECT_THAT(zone_.addresses(kName), ElementsAre("192.0.2.2", "2001:db8::1"));
  EXPECT_EQ(zone_.refused_signatures(), 0);
}

TEST_F(GateRoute53, ReadsAllPagesAndNothingOfOtherNames) {
  zone_.set_page_size(2);
  for (int i = 1; i <= 7; ++i) {
    const std::string address = "192.0.2." + std::to_string(i);
    zone_.put(kName, "A", "st-api-gate:" + address, address, 5);
  }
  zone_.put("zz.example.test.", "A", "", "192.0.2.99", 5);
  zone_.put("aa.example.test.", "A", "", "192.0.2.98", 5);
  EXPECT_EQ(Route53(settings()).read().records.size(), 7U);
}

TEST_F(GateRoute53, SetsOfOthersAreNotOurs) {
  zone_.put(kName, "A", "by-hand", "192.0.2.8", 60);
  zone_.put(kName, "A", "another-gate:192.0.2.9", "192.0.2.9", 60);
  for (const auto& record : Route53(settings()).read().records) EXPECT_FALSE(record.ours) << record.address;
}

TEST_F(GateRoute53, WhoHasReadSomethingElseChangesNothing) {
  Route53 backend(settings());
  const auto seen = backend.read();
  zone_.put(kName, "A", "st-api-gate:192.0.2.1", "192.0.2.1", 5);
  EXPECT_EQ(backend.write(seen, {add("192.0.2.2"), add("192.0.2.1")}).result, Result::conflict);
  EXPECT_THAT(zone_.addresses(kName), ElementsAre("192.0.2.1")) << "all or nothing";
  const auto one = backend.read();
  zone_.erase(kName, "A", "st-api-gate:192.0.2.1");
  EXPECT_EQ(backend.write(one, {remove("192.0.2.1"), add("192.0.2.3")}).result, Result::conflict);
  EXPECT_THAT(zone_.addresses(kName), IsEmpty());
}

TEST_F(GateRoute53, ADeleteIsExactAlsoWhereTheTtlIsNotTheConfiguredOne) {
  Route53 backend(settings());
  zone_.put(kName, "A", "st-api-gate:192.0.2.1", "192.0.2.1", 60);
  const auto seen = backend.read();
  zone_.put(kName, "A", "st-api-gate:192.0.2.1", "192.0.2.1", 61);
  EXPECT_EQ(backend.write(seen, {remove("192.0.2.1")}).result, Result::conflict);
  EXPECT_EQ(backend.write(backend.read(), {remove("192.0.2.1")}).result, Result::done);
}

TEST_F(GateRoute53, ThrottlingAndAChangeUnderWayAreWaitedFor) {
  Route53 backend(settings());
  for (const char* code : {"Throttling", "PriorRequestNotComplete"}) {
    zone_.fail_next(1, 400, code);
    const auto written = backend.write(backend.read(), {add("192.0.2.1")});
    EXPECT_EQ(written.result, Result::failed) << code;
    EXPECT_GT(written.retry_after.count(), 0) << code;
    EXPECT_THAT(written.message, HasSubstr(code));
  }
  EXPECT_EQ(backend.write(backend.read(), {add("192.0.2.1")}).result, Result::done);
}

TEST_F(GateRoute53, ThePauseThatTheServerAsksForIsPassedOnHoweverLong) {
  Route53 backend(settings());
  const std::vector<std::pair<std::string, std::chrono::seconds>> asked = {
      {"120", std::chrono::seconds(120)},
      {"86400", std::chrono::hours(24)},
      {"in a while", std::chrono::seconds(1)}};
  for (const auto& [text, pause] : asked) {
    zone_.fail_next(1, 400, "Throttling", text);
    EXPECT_EQ(backend.write(backend.read(), {add("192.0.2.1")}).retry_after, pause) << text;
  }
}

TEST_F(GateRoute53, AnAnswerThatIsLostIsReadAgainAndNotWrittenTwice) {
  Route53 backend(settings());
  zone_.lose_next_answer();
  EXPECT_EQ(backend.write(backend.read(), {add("192.0.2.1")}).result, Result::failed);
  EXPECT_EQ(backend.read().records.size(), 1U);
}

TEST_F(GateRoute53, WhatIsWrongWithTheKeyIsSaidWithoutTheKey) {
  const auto problem_with = [this](const std::function<void(Route53Settings&)>& change) {
    auto changed = settings();
    change(changed);
    Route53 backend(changed);
    const auto written = backend.write({}, {add("192.0.2.1")});
    EXPECT_EQ(written.result, Result::refused);
    EXPECT_THROW((void)backend.read(), BackendError);
    EXPECT_THAT(written.message, Not(HasSubstr("the secret of the tests")));
    return written.message;
  };
  EXPECT_THAT(problem_with([](Route53Settings& s) { s.key.secret += "x"; }),
              HasSubstr("the secret access key is not the key's"));
  EXPECT_THAT(problem_with([](Route53Settings& s) { s.key.id = "AKIDNOBODY"; }),
              HasSubstr("there is no such access key"));
  EXPECT_THAT(
      problem_with([](Route53Settings& s) { s.clock = [] { return now() - std::chrono::hours(1); }; }),
      HasSubstr("this host's clock is wrong"));
  EXPECT_THAT(problem_with([](Route53Settings& s) { s.hosted_zone = "ZNONE"; }),
              HasSubstr("there is no such hosted zone"));
  EXPECT_THAT(zone_.addresses(kName), IsEmpty());
}

TEST_F(GateRoute53, ASimpleSetOfTheSameNameIsRefusedAndSaid) {
  zone_.put(kName, "A", "", "192.0.2.9", 60);
  Route53 backend(settings());
  const auto written = backend.write(backend.read(), {add("192.0.2.1")});
  EXPECT_EQ(written.result, Result::refused);
  EXPECT_THAT(written.message, HasSubstr("cannot be beside a simple one"));
}

TEST_F(GateRoute53, NonsenseAndSilenceAreFailures) {
  rediscovery::testing::ScriptedTcp server(addresses_.next_free_ip());
  auto changed = settings();
  changed.endpoint = "http://" + server.endpoint();
  changed.timeout = std::chrono::milliseconds(300);
  Route53 backend(changed);
  EXPECT_THROW((void)backend.read(), BackendError);
  EXPECT_EQ(backend.write({}, {add("192.0.2.1")}).result, Result::failed);
  server.set_handler([](std::string_view) {
    return rediscovery::testing::TcpAction{"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", true};
  });
  EXPECT_THROW((void)backend.read(), BackendError);
}

TEST_F(GateRoute53, AddressesThatGoTogetherAreOneRequest) {
  Route53 backend(settings());
  std::vector<Change> many;
  for (int i = 1; i <= 100; ++i) many.push_back(add("192.0.2." + std::to_string(i)));
  ASSERT_EQ(backend.write({}, many).result, Result::done);
  EXPECT_EQ(zone_.changes(), 1);
  EXPECT_EQ(backend.read().records.size(), 100U);
}

// The whole program on it, with a real Consul.
class GateRoute53Program : public ::testing::Test {
 protected:
  void enroll_all() {
    stage_.enroll("a", "192.0.2.1");
    stage_.enroll("b", "192.0.2.2");
    stage_.enroll("c", "192.0.2.3");
  }
  [[nodiscard]] std::unique_ptr<rediscovery::testing::ChildProcess> run(
      const std::vector<std::string>& more = {}) {
    std::vector<std::string> command{rediscovery::testing::gate_path(),
                                     "run",
                                     "--consul",
                                     "http://" + stage_.consul().http_address(),
                                     "--backend",
                                     "route53",
                                     "--hosted-zone",
                                     Route53StandIn::kZone,
                                     "--route53-endpoint",
                                     zone_.url(),
                                     "--name",
                                     "st-api.example.test",
                                     "--rise-ms",
                                     "0",
                                     "--batch-ms",
                                     "0"};
    command.insert(command.end(), more.begin(), more.end());
    return std::make_unique<rediscovery::testing::ChildProcess>(
        stage_.keeper(), "st-api-gate", command,
        std::map<std::string, std::string>{{"AWS_ACCESS_KEY_ID", Route53StandIn::key().id},
                                           {"AWS_SECRET_ACCESS_KEY", Route53StandIn::key().secret}});
  }
  static void wait(const std::function<bool()>& done, const std::string& what) {
    rediscovery::testing::wait_until(done, std::chrono::seconds(30), what);
  }
  void wait_zone(const std::vector<std::string>& expected) const {
    wait([&] { return zone_.addresses(kName) == expected; }, "the zone");
  }

  rediscovery::testing::GateStage stage_;
  Route53StandIn zone_{stage_.addresses().next_free_ip()};
};

TEST_F(GateRoute53Program, FollowsHealthThroughThrottling) {
  enroll_all();
  zone_.fail_next(2, 400, "PriorRequestNotComplete");
  auto gate = run({"--hold-ms", "0"});
  wait_zone({"192.0.2.1", "192.0.2.2", "192.0.2.3"});
  EXPECT_EQ(zone_.changes(), 3);
  stage_.set("b", "critical");
  wait_zone({"192.0.2.1", "192.0.2.3"});
  stage_.set("b", "passing");
  wait_zone({"192.0.2.1", "192.0.2.2", "192.0.2.3"});
  EXPECT_THAT(gate->output(), HasSubstr("PriorRequestNotComplete"));
}

TEST_F(GateRoute53Program, MoreThanOneRequestMayHoldGoesWithTheNext) {
  constexpr int kInstances = 230;
  for (int i = 0; i < kInstances; ++i)
    stage_.enroll("st-api-" + std::to_string(i), "198.51.100." + std::to_string(i), false);
  stage_.admit("consul");
  auto gate = run();
  wait([&] { return zone_.addresses(kName).size() == kInstances; }, "all of them in the zone");
  EXPECT_EQ(zone_.changes(), 3) << "100, 100 and 30";
}

// What was parked would take away one that is well again, and keep it out for the hold.
TEST_F(GateRoute53Program, AChangeThatFailedIsDecidedAnewAndNotParked) {
  enroll_all();
  auto gate = run({"--hold-ms", "3600000"});
  wait_zone({"192.0.2.1", "192.0.2.2", "192.0.2.3"});
  zone_.fail_next(1'000'000, 400, "Throttling");
  stage_.set("b", "critical");
  gate->wait_output("Throttling");
  stage_.set("b", "passing");
  stage_.set("c", "critical");
  wait([&] { return stage_.consul().get("/v1/health/service/st-api?passing").size() == 2; },
       "Consul to know");
  // The second from here on has been decided after that.
  const int changes = zone_.changes();
  wait([&] { return zone_.changes() >= changes + 2; }, "two more tries");
  zone_.fail_next(0, 0, "");
  wait_zone({"192.0.2.1", "192.0.2.2"});
  EXPECT_THAT(gate->output(), Not(HasSubstr(R"("audit: removed","address":"192.0.2.2")")));
}

TEST_F(GateRoute53Program, WhatIsAcknowledgedIsReadAgainAndSaidWhenItIsNotThere) {
  enroll_all();
  zone_.forget_next_change();
  auto gate = run({"--reconcile-ms", "200"});
  gate->wait_output("the update was acknowledged, but 192.0.2.3 is not in the answer");
  wait_zone({"192.0.2.1", "192.0.2.2", "192.0.2.3"});
}

// Route 53's own health checks would answer with all of them then.
TEST_F(GateRoute53Program, WhenAllFailTheFloorDecidesWhoStays) {
  enroll_all();
  auto gate = run({"--shrink-window-ms", "0"});
  wait_zone({"192.0.2.1", "192.0.2.2", "192.0.2.3"});
  for (const char* id : {"a", "b", "c"}) stage_.set(id, "critical");
  gate->wait_output(R"("held_by":"floor")");
  wait([&] { return zone_.addresses(kName).size() == 2; }, "half of them, rounded up");
}

}  // namespace
}  // namespace st_gate
