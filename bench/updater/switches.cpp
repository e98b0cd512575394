#include "switches.hpp"

#include <chrono>
#include <stdexcept>

#include "stage.hpp"
#include "switch_watch.hpp"

namespace rediscovery::bench {
namespace {

using namespace std::chrono_literals;
using testing::SwitchWatch;

double ms(SwitchWatch::TimePoint from, SwitchWatch::TimePoint until) {
  return std::chrono::duration<double, std::milli>(until - from).count();
}

// Replicas that have a connection from the updater.
std::size_t watched(testing::Cluster& cluster) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < cluster.redis_count(); ++i) {
    const auto clients = cluster.redis(i).command({"CLIENT", "LIST"}).text;
    if (clients.find("name=rediscovery-updater") != std::string::npos) ++count;
  }
  return count;
}

}  // namespace

Switch measure_switch(const std::string& promotion, bool planned) {
  testing::Stage stage;
  auto& cluster = stage.cluster();
  const auto daemon = stage.start_daemon(
      stage.config_with("daemon.json", [&](nlohmann::json& root) { root["promotion"] = promotion; }));
  const auto old_master = cluster.master_index();
  cluster.wait_master_name(old_master);
  testing::wait_until([&] { return stage.slaves().size() == 2; }, 20s, "both replicas registered");
  for (const auto& sentinel : cluster.sentinel_endpoints())
    daemon->wait_output("listening to Sentinel " + sentinel);
  if (promotion == "observed")
    testing::wait_until([&] { return watched(cluster) == 2; }, 20s,
                        "the daemon's connections to the replicas");

  const SwitchWatch watch(cluster, old_master);
  if (planned) {
    cluster.start_failover();
  } else {
    cluster.redis(old_master).kill();
  }
  testing::wait_until([&] { return watch.named() && watch.announcements() == cluster.sentinel_count(); }, 60s,
                      "the new name, and +switch-master from every Sentinel");
  const auto promoted = watch.promoted().value();
  return {ms(promoted, *watch.named()), ms(promoted, watch.known().value()),
          ms(promoted, watch.announced().value()), ms(promoted, watch.announced_last().value()),
          ms(watch.known().value(), *watch.named())};
}

}  // namespace rediscovery::bench
