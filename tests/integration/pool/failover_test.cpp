#include <gtest/gtest.h>

#include <mutex>
#include <vector>

#include <rediscovery/pool.hpp>

#include "support/cluster.hpp"

namespace rediscovery::testing {
namespace {
using namespace std::chrono_literals;

TEST(Smoke, ExecutesACommand) {
  Cluster cluster;
  Options options;
  options.master = cluster.master_service_name();
  options.dns_servers = {cluster.consul().dns_address()};
  options.on_event = [](const Event& event) { std::cerr << event << '\n'; };
  Pool pool(options);
  for (int i = 0; i < 3; ++i) {
    auto reply = pool.execute({"SET", "k", "v"}, 2s);
    if (!reply) std::cerr << reply.error() << '\n';
    ASSERT_TRUE(reply);
    std::cerr << *reply << '\n';
  }
  auto old = cluster.master_index();
  cluster.repoint((old + 1) % 3);
  auto reply = pool.execute({"SET", "k", "v"}, 2s);
  if (!reply) std::cerr << reply.error() << '\n';
  ASSERT_TRUE(reply);
  std::cerr << pool.stats().to_json() << '\n';
}

}  // namespace
}  // namespace rediscovery::testing
