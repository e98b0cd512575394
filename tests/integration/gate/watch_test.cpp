// `st-api-gate once` as the handler of a real Consul's watch.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "stage.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::HasSubstr;
using Answer = std::vector<std::string>;
const Answer kAll{"192.0.2.1", "192.0.2.2", "192.0.2.3"};
const Answer kWithoutB{"192.0.2.1", "192.0.2.3"};

class GateWatch : public ::testing::Test {
 protected:
  GateWatch() {
    stage_.enroll("a", "192.0.2.1");
    stage_.enroll("b", "192.0.2.2");
    stage_.enroll("c", "192.0.2.3");
  }
  // `consul watch` as an agent does it: the handler gets JSON on standard input, and CONSUL_INDEX.
  [[nodiscard]] std::unique_ptr<ChildProcess> watch(const std::vector<std::string>& more = {}) {
    const auto consul = find_program("consul", "REDISCOVERY_CONSUL", REDISCOVERY_CONSUL_PATH);
    std::vector<std::string> command{consul, "watch", "-http-addr=" + stage_.consul().http_address(),
                                     "-type=service", "-service=st-api"};
    command.insert(command.end(), more.begin(), more.end());
    std::string handler;
    for (const auto& word : stage_.command("once")) handler += "'" + word + "' ";
    command.push_back(handler);
    return std::make_unique<ChildProcess>(stage_.keeper(), "consul watch", command, stage_.environment());
  }
  // `once` with this on its standard input.
  [[nodiscard]] Ended once_with_input(const std::string& shell) {
    std::string line = shell + " | ";
    for (const auto& word : stage_.command("once")) line += "'" + word + "' ";
    ChildProcess process(stage_.keeper(), "st-api-gate", {"/bin/sh", "-c", line}, stage_.environment());
    return finish(process);
  }
  GateStage stage_;
};

TEST_F(GateWatch, AWatchOnTheServiceKeepsTheAnswerTrue) {
  auto handler = watch();
  stage_.wait_answer(kAll);
  stage_.set("b", "critical");
  stage_.wait_answer(kWithoutB);
  stage_.set("b", "passing");
  stage_.wait_answer(kAll);
}

TEST_F(GateWatch, WithPassingOnlyAllIllAndAllGoneLookAlikeAndNeitherEmptiesTheAnswer) {
  auto handler = watch({"-passingonly=true"});
  stage_.wait_answer(kAll);
  for (const char* id : {"a", "b", "c"}) stage_.set(id, "critical");
  handler->wait_output("held: not removed");
  EXPECT_GE(stage_.answer().size(), 2U);
}

TEST_F(GateWatch, WhatStandsOnStandardInputIsOnlyASign) {
  stage_.publish();
  stage_.set("b", "critical");
  for (const char* input : {"echo '[]'", "echo 'not JSON at all'", "true", "printf '\\000'"}) {
    const auto once = once_with_input(input);
    EXPECT_EQ(once.code, 0) << once.output;
    EXPECT_EQ(stage_.answer(), kWithoutB) << input;
  }
}

TEST_F(GateWatch, ALotOnStandardInputIsReadToItsEnd) {
  // More than a pipe holds: whoever writes it would wait for ever, or be killed.
  ChildProcess shell(
      stage_.keeper(), "sh",
      {"/bin/bash", "-c", "set -o pipefail; head -c 3000000 /dev/zero | \"$@\"", "sh", gate_path(), "once",
       "--name", GateStage::kName, "--zone", Knot::kZone, "--dns-server", stage_.dns().endpoint(),
       "--tsig-name", Knot::kKey, "--rise-ms", "0", "--consul", "http://" + stage_.consul().http_address()},
      stage_.environment());
  const auto finished = finish(shell);
  EXPECT_EQ(finished.code, 0) << finished.output;
  EXPECT_EQ(stage_.answer(), kAll);
}

TEST_F(GateWatch, StandardInputThatIsNeverClosedIsNotWaitedForForEver) {
  stage_.publish();
  stage_.set("b", "critical");
  const auto once = once_with_input("exec sleep 8");
  EXPECT_EQ(once.code, 0) << once.output;
  EXPECT_EQ(stage_.answer(), kWithoutB);
}

TEST_F(GateWatch, AnOldSignMovesNothingBack) {
  stage_.publish();
  const auto old = stage_.consul().request("GET", "/v1/health/service/st-api").body;
  std::ofstream(stage_.keeper().folder() / "old.json") << old;
  stage_.set("b", "critical");
  EXPECT_EQ(stage_.gate("once").code, 0);
  const auto late = once_with_input("cat " + (stage_.keeper().folder() / "old.json").string());
  EXPECT_EQ(late.code, 0);
  EXPECT_EQ(stage_.answer(), kWithoutB);
}

TEST_F(GateWatch, OnceWaitsForWhatTimeAloneDecides) {
  stage_.publish();
  stage_.set("b", "critical");
  ASSERT_EQ(stage_.gate("once").code, 0);
  stage_.set("b", "passing");
  const auto once = stage_.gate("once", {"--rise-ms", "1500"});
  EXPECT_EQ(once.code, 0) << once.output;
  EXPECT_EQ(stage_.answer(), kAll) << "no watch fires when a node has been passing for long enough";
  stage_.set("b", "critical");
  ASSERT_EQ(stage_.gate("once").code, 0);
  stage_.set("b", "passing");
  const auto late = stage_.gate("once", {"--rise-ms", "600000", "--deadline-ms", "500"});
  EXPECT_EQ(late.code, 1);
  EXPECT_THAT(late.output, HasSubstr("the deadline is over before all is done"));
}

TEST_F(GateWatch, SeveralAtOneTimeDoTheWorkOnce) {
  std::vector<std::unique_ptr<ChildProcess>> handlers;
  for (int i = 0; i < 6; ++i)
    handlers.push_back(std::make_unique<ChildProcess>(stage_.keeper(), "st-api-gate", stage_.command("once"),
                                                      stage_.environment()));
  std::string all;
  for (auto& handler : handlers) {
    EXPECT_EQ(handler->wait(), 0) << handler->output();
    all += handler->output();
  }
  EXPECT_EQ(stage_.answer(), kAll);
  std::size_t added = 0;
  for (auto at = all.find("audit: added"); at != std::string::npos; at = all.find("audit: added", at + 1))
    ++added;
  EXPECT_EQ(added, 3U) << all;
}

}  // namespace
}  // namespace rediscovery::testing
