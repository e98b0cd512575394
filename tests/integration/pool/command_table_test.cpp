// The table of commands against what the server itself says of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

#include "core/command_table.hpp"
#include "support/cluster.hpp"

namespace rediscovery::core {
namespace {

using rediscovery::testing::Cluster;
using rediscovery::testing::ClusterOptions;

struct ServerCommand {
  std::string name;
  std::set<std::string> flags;
};

class CommandTable : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    ClusterOptions options;
    options.redis_nodes = 1;
    options.sentinels = 0;
    options.consul = false;
    Cluster cluster(std::move(options));
    for (const auto& row : cluster.redis(0).command({"COMMAND"}).elements) {
      ServerCommand command{row.elements.at(0).text, {}};
      for (const auto& flag : row.elements.at(2).elements) command.flags.insert(flag.text);
      commands_.push_back(std::move(command));
    }
    ASSERT_GT(commands_.size(), 200U) << "the server lists its commands";
  }

  static inline std::vector<ServerCommand> commands_;
};

// They do not touch the keyspace, so the server does not call them readonly; running them twice is harmless.
const std::set<std::string> kHarmless = {"command", "echo", "info", "lastsave", "ping", "role", "time"};

// The server's readonly commands that are not in the table on purpose: what they run is in the script.
const std::set<std::string> kLeftOut = {"eval_ro", "evalsha_ro", "fcall_ro"};

TEST_F(CommandTable, CallsNoCommandReadOnlyThatTheServerSaysWrites) {
  for (const auto& command : commands_) {
    if (!traits_of({command.name}).only_reads) continue;
    EXPECT_FALSE(command.flags.contains("write")) << command.name;
    EXPECT_TRUE(command.flags.contains("readonly") || kHarmless.contains(command.name)) << command.name;
  }
}

TEST_F(CommandTable, KnowsEveryCommandThatTheServerSaysOnlyReads) {
  for (const auto& command : commands_) {
    if (!command.flags.contains("readonly") || kLeftOut.contains(command.name)) continue;
    EXPECT_TRUE(traits_of({command.name}).only_reads) << command.name;
  }
}

TEST_F(CommandTable, KnowsEveryCommandThatTheServerSaysBlocks) {
  for (const auto& command : commands_) {
    if (!command.flags.contains("blocking")) continue;
    const bool only_with_block = command.name == "xread" || command.name == "xreadgroup";
    EXPECT_NE(traits_of({command.name}).may_block, only_with_block) << command.name;
    EXPECT_TRUE(traits_of({command.name, "GROUP", "g", "c", "BLOCK", "0"}).may_block) << command.name;
  }
}

}  // namespace
}  // namespace rediscovery::core
