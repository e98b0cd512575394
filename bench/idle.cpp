// What a pool costs while nobody uses it.
#include <sys/resource.h>

#include <cstdlib>
#include <iostream>
#include <thread>

#include <rediscovery/pool.hpp>

#include "support/cluster.hpp"

namespace {

using namespace std::chrono_literals;
using std::chrono::duration;

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

int main(int count, char** arguments) {
  const std::chrono::seconds span(count > 1 ? std::atoi(arguments[1]) : 20);
  if (span < 1s || span > 1h) {
    std::cerr << "usage: bench_idle [SECONDS], 1 to 3600 (20)\n";
    return 2;
  }
  rediscovery::testing::Cluster cluster;
  rediscovery::Options options;
  options.master = cluster.master_service_name();
  options.replicas = cluster.slave_service_name();
  options.dns_servers = {cluster.consul().dns_address()};
  rediscovery::Pool pool(options);
  if (const auto ready = pool.execute({"PING"}, 10s); !ready) {
    std::cerr << ready.error() << '\n';
    return 1;
  }
  std::this_thread::sleep_for(2s);  // the standbys are there, the hurry of the start is over

  const auto before = pool.stats();
  const double used_before = processor_seconds();
  std::this_thread::sleep_for(span);
  const double used = processor_seconds() - used_before;
  const auto after = pool.stats();

  const double seconds = duration<double>(span).count();
  const double intervals = seconds / duration<double>(options.refresh_floor).count();
  const auto lookups = static_cast<double>(after.lookups - before.lookups);
  std::cout << "one pool with two standbys, idle for " << seconds << " s:\n"
            << "  processor  " << 100 * used / seconds << " % of a core\n"
            << "  look-ups   " << lookups / 2 / intervals << " of each name per refresh interval of "
            << options.refresh_floor.count() << " ms (jitter takes up to a tenth off an interval)\n"
            << "  suspicions " << after.suspicions - before.suspicions << '\n';
}
