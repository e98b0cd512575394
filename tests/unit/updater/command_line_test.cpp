#include "updater/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rediscovery::updater {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Arguments = std::vector<std::string>;

constexpr const char* kSelf = "/usr/lib/rediscovery/rediscovery-updater";
const Arguments kReconfig = {"mymaster", "leader", "start", "10.0.0.5", "6379", "10.0.0.6", "6379"};
const Arguments kEvent = {"-sdown", "master mymaster 10.0.0.5 6379"};

Arguments with(Arguments before, const Arguments& after) {
  before.insert(before.end(), after.begin(), after.end());
  return before;
}

std::string failure(const Arguments& arguments, std::string_view program = kSelf) {
  try {
    (void)parse_command_line(program, arguments);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

TEST(CommandLine, SentinelsWaysOfStartingIt) {
  EXPECT_EQ(parse_command_line(kSelf, with({"on-reconfig"}, kReconfig)).arguments, kReconfig);
  EXPECT_EQ(parse_command_line(kSelf, kReconfig).mode, Mode::on_reconfig);
  EXPECT_EQ(parse_command_line("/x/rediscovery-on-reconfig", kReconfig).arguments, kReconfig);
  EXPECT_EQ(parse_command_line("rediscovery-on-event", kEvent).arguments, kEvent);
  EXPECT_EQ(parse_command_line(kSelf, with({"on-event"}, kEvent)).mode, Mode::on_event);
  EXPECT_EQ(parse_command_line(kSelf, with({"on-event"}, kEvent)).arguments, kEvent);
}

TEST(CommandLine, OptionsStandBeforeOrAfterTheArguments) {
  const auto before = parse_command_line(kSelf, with({"on-reconfig", "--config", "/c"}, kReconfig));
  EXPECT_EQ(before.config, "/c");
  EXPECT_EQ(before.arguments, kReconfig);
  const auto after = parse_command_line(kSelf, with(with({"on-reconfig"}, kReconfig), {"--config=/c"}));
  EXPECT_EQ(after, before);
}

TEST(CommandLine, EveryOption) {
  const auto plan = parse_command_line(kSelf, {"plan", "--config", "/c", "--master", "a", "--master=b",
                                               "--json", "--accept-epoch-reset", "--timeout-ms", "1500"});
  EXPECT_EQ(plan.mode, Mode::plan);
  EXPECT_EQ(plan.config, "/c");
  EXPECT_THAT(plan.masters, ElementsAre("a", "b"));
  EXPECT_TRUE(plan.json);
  EXPECT_TRUE(plan.accept_epoch_reset);
  EXPECT_EQ(plan.timeout, std::chrono::milliseconds(1500));
  EXPECT_EQ(parse_command_line(kSelf, {"run"}).mode, Mode::run);
  EXPECT_EQ(parse_command_line(kSelf, {"apply"}).mode, Mode::apply);
}

TEST(CommandLine, CheckAndStatusTakeTheirOptions) {
  const auto check =
      parse_command_line(kSelf, {"check", "--master", "a", "--json", "--color=never", "--timeout-ms", "900"});
  EXPECT_EQ(check.mode, Mode::check);
  EXPECT_EQ(check.masters, std::vector<std::string>{"a"});
  EXPECT_TRUE(check.json);
  EXPECT_EQ(check.colours, Colours::never);
  EXPECT_EQ(check.timeout, std::chrono::milliseconds(900));
  const auto status = parse_command_line(kSelf, {"status"});
  EXPECT_EQ(status.mode, Mode::status);
  EXPECT_FALSE(status.json);
}

TEST(CommandLine, HelpForTheWholeAndForEachCommand) {
  for (const auto& arguments : {Arguments{"--help"}, Arguments{"-h"}, Arguments{"help"}}) {
    EXPECT_EQ(parse_command_line(kSelf, arguments).mode, Mode::help);
  }
  for (const char* command : {"on-reconfig", "on-event", "run", "plan", "apply", "check", "status"}) {
    const auto invocation = parse_command_line(kSelf, {command, "--help"});
    EXPECT_EQ(invocation.mode, Mode::help);
    EXPECT_EQ(invocation.topic, command);
    EXPECT_THAT(help_text(command), HasSubstr(std::string("rediscovery-updater ") + command));
    EXPECT_THAT(help_text(""), HasSubstr(std::string("  ") + command));
    EXPECT_EQ(parse_command_line(kSelf, {"help", command}), invocation);
  }
  EXPECT_EQ(parse_command_line("rediscovery-on-event", {"--help"}).topic, "on-event");
  EXPECT_EQ(help_text("nonsense"), "");
}

TEST(CommandLine, Version) { EXPECT_EQ(parse_command_line(kSelf, {"--version"}).mode, Mode::version); }

TEST(CommandLine, MistakesComeWithARemedy) {
  const std::vector<std::pair<Arguments, std::string>> cases = {
      {{}, "no command"},
      {{"nonsense"}, "unknown command nonsense"},
      {{"--nonsense"}, "unknown option --nonsense"},
      {{"help", "nonsense"}, "no help on"},
      {{"run", "--json"}, "unknown option --json for run"},
      {{"run", "--timeout-ms", "1"}, "unknown option --timeout-ms for run"},
      {{"run", "x"}, "takes 0 arguments"},
      {{"run", "-x"}, "unknown option -x"},
      {{"plan", "--config"}, "--config needs a value"},
      {{"plan", "--json=1"}, "--json takes no value"},
      {{"apply", "--json"}, "unknown option --json for apply"},
      {{"check", "--accept-epoch-reset"}, "unknown option --accept-epoch-reset for check"},
      {{"check", "--color", "red"}, "expected auto, always or never"},
      {{"status", "--color", "always"}, "unknown option --color for status"},
      {{"plan", "--timeout-ms", "99"}, "from 100 to 50000"},
      {{"plan", "--timeout-ms", "50001"}, "from 100 to 50000"},
      {{"plan", "--timeout-ms", "1s"}, "from 100 to 50000"},
      {{"on-event", "-sdown"}, "takes 2 arguments, not 1"},
      {{"on-reconfig", "mymaster"}, "takes 7 arguments, not 1"},
      {with({"on-reconfig", "--master", "a"}, kReconfig), "unknown option --master for on-reconfig"},
  };
  for (const auto& [arguments, text] : cases) {
    EXPECT_THAT(failure(arguments), HasSubstr(text));
    EXPECT_THAT(failure(arguments), HasSubstr("--help"));
  }
  EXPECT_THAT(failure({"a"}, "rediscovery-on-reconfig"),
              HasSubstr("7 arguments that Sentinel gives it, not 1"));
  EXPECT_THAT(failure({"plan", "--config="}), HasSubstr("--config needs"));
}

}  // namespace
}  // namespace rediscovery::updater
