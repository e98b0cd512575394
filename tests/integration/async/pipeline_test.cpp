// A connection with many commands under way, and what does not leave on it.
#include "redis/pipeline.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "integration/async/own_loop.hpp"
#include "support/cluster.hpp"

namespace rediscovery::redis {
namespace {

using rediscovery::testing::Cluster;
using rediscovery::testing::ClusterOptions;
using rediscovery::testing::OwnLoop;

TEST(Pipeline, WhatWasWrittenAndHasNotLeftWhenSendingIsStoppedNeverReachesTheServer) {
  ClusterOptions options;
  options.redis_nodes = 1;
  options.sentinels = 0;
  options.consul = false;
  Cluster cluster(std::move(options));
  auto& server = cluster.redis(0);
  OwnLoop loop;
  std::vector<Reply> replies;
  Pipeline::Handlers handlers;
  handlers.bytes = [] {};
  handlers.reply = [&](Reply reply) { replies.push_back(std::move(reply)); };
  handlers.ended = [](const Error& error) { FAIL() << error; };
  auto connection = Connection::open({server.ip(), server.port(), ""},
                                     std::chrono::steady_clock::now() + std::chrono::seconds(10));
  ASSERT_TRUE(connection);
  Pipeline pipeline(loop.get(), std::move(*connection), std::move(handlers));
  pipeline.write(Command{"SET", "n", "sent"});
  pipeline.flush();
  loop.run_until([&] { return replies.size() == 1; });
  const std::size_t bytes = pipeline.write(Command{"SET", "n", "not sent"});
  EXPECT_EQ(pipeline.stop_sending(), bytes);
  pipeline.flush();
  EXPECT_EQ(server.command({"GET", "n"}).text, "sent");
}

}  // namespace
}  // namespace rediscovery::redis
