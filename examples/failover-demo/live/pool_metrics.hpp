// What st-api tells of its pool: the page /metrics, and its events.
#pragma once

#include <string>

#include "events_file.hpp"
#include "live/situation.hpp"

namespace rediscovery::demo::live {

// From Prometheus' text format; what is not there stays unknown.
PoolView read_pool_metrics(const std::string& page);

// What the event changes, ahead of the next look at the metrics.
void note_event(const PoolEvent& event, PoolView& view);

}  // namespace rediscovery::demo::live
