// The demo's page as a browser sees it: over HTTP, with everything behind it real.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>

#include "demo_process.hpp"
#include "support/keeper.hpp"
#include "support/wait.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

using Texts = std::vector<std::string>;

constexpr const char* kPress = "X-Rediscovery";

// Starting all of it takes seconds: the cases share it, and leave it as they found it.
class DemoPage : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    keeper_ = std::make_unique<Keeper>();
    folder_ = keeper_->folder() / "page";
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "index.html") << "<!doctype html><title>a page</title>";
    std::ofstream(folder_ / "app.js") << "'use strict';";
    std::ofstream(folder_ / ".secret.js") << "secret";
    std::ofstream(folder_ / "notes.txt") << "secret";
    std::ofstream(keeper_->folder() / "outside.js") << "secret";
    // So few requests that a machine with sanitizers and other tests keeps up.
    demo_ = std::make_unique<DemoProcess>(
        *keeper_, "demo",
        std::vector<std::string>{"--web", "--port", "0", "--rate", "50", "--page-folder", folder_.string()});
    demo_->launch();
    demo_->wait_ready(std::chrono::seconds(60));
  }
  static void TearDownTestSuite() {
    demo_.reset();
    keeper_.reset();
  }

  [[nodiscard]] static std::string own_host() { return "127.0.0.1:" + std::to_string(demo_->page_port()); }
  static std::unique_ptr<Keeper> keeper_;
  static std::filesystem::path folder_;
  static std::unique_ptr<DemoProcess> demo_;
};

std::unique_ptr<Keeper> DemoPage::keeper_;
std::filesystem::path DemoPage::folder_;
std::unique_ptr<DemoProcess> DemoPage::demo_;

TEST_F(DemoPage, ServesThePageAndTheChartLibraryAndNothingElse) {
  const auto page = demo_->get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.text, HasSubstr("a page"));
  EXPECT_THAT(page.header("Content-Type"), HasSubstr("text/html"));
  EXPECT_THAT(page.header("Content-Security-Policy"),
              AllOf(HasSubstr("default-src 'self'"), Not(HasSubstr("unsafe"))));
  EXPECT_EQ(page.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(demo_->get("/page/app.js").text, "'use strict';");
  const auto chart = demo_->get("/page/chart.js");
  EXPECT_EQ(chart.status, 200);
  EXPECT_THAT(chart.header("Content-Type"), HasSubstr("javascript"));
  EXPECT_THAT(chart.text, HasSubstr("Chart"));
  for (const char* path :
       {"/page/", "/page/nothing.js", "/page/.secret.js", "/page/notes.txt", "/page/../outside.js",
        "/page/..%2foutside.js", "/page/%2e%2e/outside.js", "/page/app.js/x", "/nothing", "/events/x"}) {
    const auto answer = demo_->get(path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_THAT(answer.text, Not(HasSubstr("secret"))) << path;
    EXPECT_TRUE(answer.body().contains("message")) << path;
  }
}

TEST_F(DemoPage, RefusesWhatComesFromElsewhere) {
  const auto port = std::to_string(demo_->page_port());
  for (const auto& host : Texts{"example.net", "127.0.0.1", "127.0.0.1:1", "", "evil.example:" + port}) {
    EXPECT_EQ(demo_->request("GET", "/state", {{"Host", host}}).status, 403) << host;
    EXPECT_EQ(demo_->request("POST", "/faults/kill", {{"Host", host}, {kPress, "demo"}}).status, 403) << host;
  }
  for (const auto& origin :
       Texts{"http://example.net", "null", "https://127.0.0.1:" + port, "http://127.0.0.1:1"}) {
    EXPECT_EQ(demo_->request("POST", "/faults/kill", {{"Origin", origin}, {kPress, "demo"}}).status, 403)
        << origin;
    EXPECT_EQ(demo_->request("GET", "/events", {{"Origin", origin}}).status, 403) << origin;
  }
  EXPECT_EQ(demo_->request("POST", "/faults/kill").status, 403);
  EXPECT_EQ(demo_->request("POST", "/faults/kill", {{kPress, "no"}}).status, 403);
  EXPECT_THAT(demo_->raw("GET /state HTTP/1.1\r\n\r\n"), HasSubstr(" 403 "));
  EXPECT_EQ(demo_->request("GET", "/state", {{"Host", "localhost:" + port}}).status, 200);
  EXPECT_EQ(demo_->request("GET", "/state", {{"Origin", "http://" + own_host()}}).status, 200);
  EXPECT_EQ(demo_->state()["summaries"].size(), 0U);
}

// What a page elsewhere can make a browser send: a body that looks like a request of its own.
TEST_F(DemoPage, ABodyIsNeverTakenForARequest) {
  const std::string hidden =
      "POST /faults/kill HTTP/1.1\r\nHost: " + own_host() + "\r\nX-Rediscovery: demo\r\n\r\n";
  const auto answers =
      demo_->raw("POST /faults/kill HTTP/1.1\r\nHost: " + own_host() +
                 "\r\nOrigin: http://example.net\r\nContent-Length: " + std::to_string(hidden.size()) +
                 "\r\n\r\n" + hidden);
  EXPECT_THAT(answers, AllOf(HasSubstr(" 403 "), Not(HasSubstr(" 202 "))));
  EXPECT_TRUE(demo_->state()["state"]["busy"].is_null());
}

TEST_F(DemoPage, AnswersOneMethodForEachAddress) {
  const DemoProcess::Headers press{{kPress, "demo"}};
  for (const char* method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"}) {
    const auto answer = demo_->request(method, "/faults/kill", press);
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.header("Allow"), "POST") << method;
  }
  for (const char* path : {"/", "/state", "/events", "/page/app.js"}) {
    for (const char* method : {"POST", "HEAD", "PUT"}) {
      const auto answer = demo_->request(method, path, press);
      EXPECT_EQ(answer.status, 405) << method << path;
      EXPECT_EQ(answer.header("Allow"), "GET") << method << path;
    }
  }
}

TEST_F(DemoPage, TellsWhyAFaultCannotBeMade) {
  for (const char* name : {"meteor", "kill/", "Kill", "%6b%69%6c%6c2", ""}) {
    const auto answer = demo_->press(name);
    EXPECT_EQ(answer.status, 404) << name;
    EXPECT_THAT(answer.text, HasSubstr("dns-down")) << name;
  }
  for (const auto& [name, why] :
       {std::pair("revive", "no Redis is dead"), std::pair("continue", "no Redis hangs"),
        std::pair("dns-up", "not down"), std::pair("consul-up", "not down")}) {
    const auto answer = demo_->press(name);
    EXPECT_EQ(answer.status, 409) << name;
    EXPECT_THAT(answer.text, HasSubstr(why)) << name;
    EXPECT_FALSE(demo_->state()["state"]["faults"][name]["enabled"]) << name;
  }
}

TEST_F(DemoPage, AViewerGetsThePresentAndThenTheLanes) {
  DemoViewer viewer(*demo_);
  EXPECT_EQ(viewer.status(), 200);
  EXPECT_THAT(viewer.names(4), ElementsAre("hello", "history", "state", "gate"));
  DemoViewer another(*demo_);
  const auto hello = another.next("hello");
  EXPECT_EQ(hello["rate"], 50);
  EXPECT_EQ(hello["deadline_ms"], 3000);
  EXPECT_EQ(hello["faults"].size(), 10U);
  const auto state = another.next("state");
  EXPECT_EQ(state["nodes"].size(), 3U);
  EXPECT_EQ(state["nodes"][0]["role"], "master");
  EXPECT_EQ(state["nodes"][0]["named"].dump(), R"(["master"])");
  EXPECT_EQ(state["sentinels"].size(), 3U);
  EXPECT_EQ(state["pool"]["master"], state["nodes"][0]["address"]);
  EXPECT_TRUE(state["dns"]["answering"]);
  EXPECT_TRUE(state["consul"]["answering"]);
  EXPECT_TRUE(state["updater"]["running"]);
  for (const char* lane : {"library", "plain"}) {
    nlohmann::json tick;
    do {
      tick = another.next("tick");
    } while (tick["totals"][lane]["answered"] == 0);
    EXPECT_TRUE(tick["lanes"][lane].contains("p99_ms")) << tick;
  }
}

TEST_F(DemoPage, OnlySoManyMayWatch) {
  std::vector<std::unique_ptr<DemoViewer>> viewers;
  int refused = 0;
  for (int i = 0; i < 20; ++i) {
    auto viewer = std::make_unique<DemoViewer>(*demo_);
    refused += viewer->status() == 503 ? 1 : 0;
    viewers.push_back(std::move(viewer));
  }
  // More, if those of another case have not been missed yet.
  EXPECT_GE(refused, 4);
  EXPECT_LT(refused, 20);
  EXPECT_EQ(demo_->get("/state").status, 200);
  viewers.clear();
  wait_until([] { return DemoViewer(*demo_).status() == 200; }, std::chrono::seconds(30),
             "room for a viewer");
}

TEST_F(DemoPage, AKilledMasterFailsThePlainClientOnly) {
  DemoViewer viewer(*demo_);
  viewer.next("state");
  ASSERT_EQ(demo_->press("kill").status, 202);
  EXPECT_EQ(demo_->press("hang").status, 409);
  std::vector<std::string> kinds;
  for (std::string kind; kind != "first_write"; kinds.push_back(kind))
    kind = viewer.next("happening")["kind"];
  EXPECT_THAT(kinds,
              ::testing::IsSupersetOf({"fault", "evidence", "down", "promotion", "adopted", "first_write"}));
  const auto summary = viewer.next("summary");
  EXPECT_EQ(summary["fault"], "kill");
  EXPECT_EQ(summary["library"]["failed"], 0) << summary;
  EXPECT_GT(summary["plain"]["failed"], 0) << summary;
  EXPECT_EQ(summary["phases"].size(), 4U) << summary;

  // Who comes back finds the present.
  DemoViewer returned(*demo_);
  const auto history = returned.next("history");
  EXPECT_EQ(history["summaries"].back(), summary);
  auto state = returned.next("state");
  while (!state["busy"].is_null()) state = returned.next("state");
  EXPECT_EQ(state["nodes"][0]["process"], "dead");
  EXPECT_TRUE(state["faults"]["revive"]["enabled"]);

  EXPECT_EQ(demo_->let_happen("revive")["library"]["failed"], 0);
  const auto now = demo_->state()["state"];
  EXPECT_EQ(now["nodes"][0]["role"], "replica");
  EXPECT_TRUE(now["faults"]["kill"]["enabled"]) << now["faults"];
}

TEST_F(DemoPage, WithoutNamesAndWithoutConsulNothingFails) {
  for (const char* fault : {"dns-down", "dns-up", "consul-down", "consul-up"}) {
    const auto summary = demo_->let_happen(fault);
    EXPECT_EQ(summary["library"]["failed"], 0) << summary;
    const auto state = demo_->state()["state"];
    EXPECT_EQ(state["consul"]["answering"], fault != std::string("consul-down")) << fault;
    if (std::string(fault).starts_with("dns")) {
      EXPECT_EQ(state["dns"]["answering"], fault == std::string("dns-up")) << fault;
    }
  }
}

TEST_F(DemoPage, AnOperatorsSwitchAndSentinelsFollowOneAnother) {
  for (const char* fault : {"repoint", "planned"}) {
    const auto summary = demo_->let_happen(fault);
    EXPECT_EQ(summary["library"]["failed"], 0) << summary;
  }
}

TEST_F(DemoPage, APortThatIsTakenIsToldAtOnceWithTheRemedy) {
  DemoProcess second(
      *keeper_, "second",
      {"--web", "--port", std::to_string(demo_->page_port()), "--page-folder", folder_.string()});
  second.launch();
  EXPECT_EQ(second.wait_exit(), 1);
  EXPECT_THAT(second.log_tail(),
              AllOf(HasSubstr("--port"), HasSubstr("--port 0"), Not(HasSubstr("starting"))));
}

TEST_F(DemoPage, WhatThePageNeedsIsMissedByName) {
  DemoProcess no_page(*keeper_, "no-page", {"--web", "--port", "0", "--page-folder", "/nowhere"});
  no_page.launch();
  EXPECT_EQ(no_page.wait_exit(), 1);
  EXPECT_THAT(no_page.log_tail(), HasSubstr("--page-folder"));
  DemoProcess no_chart(
      *keeper_, "no-chart",
      {"--web", "--port", "0", "--page-folder", folder_.string(), "--chart-library", "/nowhere"});
  no_chart.launch();
  EXPECT_EQ(no_chart.wait_exit(), 1);
  EXPECT_THAT(no_chart.log_tail(), HasSubstr("libjs-chart.js"));
}

// Last: it takes the demo down.
TEST_F(DemoPage, ZZEndsInOrderWhileSomebodyWatches) {
  DemoViewer viewer(*demo_);
  viewer.next("state");
  keeper_->signal(demo_->pid(), SIGTERM);
  EXPECT_EQ(demo_->wait_exit(), 0);
  EXPECT_THAT(demo_->log_tail(), HasSubstr("all servers are taken down"));
}

}  // namespace
}  // namespace rediscovery::testing
