// What the updater costs as a process: a one-shot's time, a daemon's share of a core and its memory.
#pragma once

#include <vector>

namespace rediscovery::bench {

struct OneShots {
  std::vector<double> nothing_to_do_ms;
  std::vector<double> with_a_write_ms;  // the first registration of a master and two replicas
};
[[nodiscard]] OneShots measure_one_shots(int count);

struct IdleDaemon {
  double seconds = 0;
  double core_percent = 0;
  double resident_mb = 0;
};
// Of a daemon with its defaults, three Sentinels and two replicas, while nothing happens.
[[nodiscard]] IdleDaemon measure_idle_daemon(double seconds);

}  // namespace rediscovery::bench
