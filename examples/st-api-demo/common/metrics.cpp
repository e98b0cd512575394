#include "metrics.hpp"

#include <prometheus/text_serializer.h>

namespace st_api {
namespace {

using prometheus::Gauge;
using prometheus::Registry;

Gauge& gauge(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

// From a round trip on one machine to the longest deadline that one waits out.
const prometheus::Histogram::BucketBoundaries kSeconds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                       0.1,    0.25,  0.5,    1,     2.5,  5,     10};

}  // namespace

Metrics::Metrics()
    : requests_(prometheus::BuildCounter()
                    .Name("st_api_http_requests_total")
                    .Help("HTTP requests that were answered.")
                    .Register(registry_)),
      seconds_(prometheus::BuildHistogram()
                   .Name("st_api_http_request_duration_seconds")
                   .Help("How long it took to answer them.")
                   .Register(registry_)),
      in_flight_(gauge(registry_, "st_api_http_requests_in_flight", "HTTP requests under way.")),
      draining_(gauge(registry_, "st_api_draining", "1 when the service is about to end.")) {}

void Metrics::request_ended(const std::string& route, int status, std::chrono::microseconds took) {
  requests_.Add({{"route", route}, {"code", std::to_string(status)}}).Increment();
  seconds_.Add({{"route", route}}, kSeconds).Observe(std::chrono::duration<double>(took).count());
  in_flight_.Decrement();
}

std::string Metrics::page(const rediscovery::Stats& redis) const {
  return prometheus::TextSerializer().Serialize(registry_.Collect()) +
         rediscovery::Stats::to_prometheus({{"st-api", redis}});
}

}  // namespace st_api
