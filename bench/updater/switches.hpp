// Failovers that a daemon follows: how long after the promotion, and after Sentinel's word, the name moves.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace rediscovery::bench {

// One failover; milliseconds.
struct Switch {
  double promoted_to_named = 0;
  double promoted_to_known = 0;  // the first Sentinel that says it knows: +promoted-slave or +switch-master
  double promoted_to_announced = 0;  // the first +switch-master
  double promoted_to_last = 0;       // the last one's
  double known_to_named = 0;         // negative: the name was first
};

// With servers of its own. `promotion` is the daemon's setting; a planned one is SENTINEL FAILOVER, any other
// the death of the master.
[[nodiscard]] Switch measure_switch(const std::string& promotion, bool planned);

}  // namespace rediscovery::bench
