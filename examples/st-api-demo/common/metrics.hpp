// What Prometheus scrapes.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <chrono>
#include <string>

#include <rediscovery/stats.hpp>

namespace st_api {

// Any thread.
class Metrics {
 public:
  Metrics();

  void request_began() { in_flight_.Increment(); }
  // `route` is one of route_of()'s.
  void request_ended(const std::string& route, int status, std::chrono::microseconds took);
  void set_draining() { draining_.Set(1); }

  // The page: this service's metrics, then those of its Redis client.
  [[nodiscard]] std::string page(const rediscovery::Stats& redis) const;

 private:
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& seconds_;
  prometheus::Gauge& in_flight_;
  prometheus::Gauge& draining_;
};

}  // namespace st_api
