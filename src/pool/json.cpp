// What the pool tells about itself, as JSON.
#include <ctime>
#include <nlohmann/json.hpp>

#include <rediscovery/event.hpp>
#include <rediscovery/stats.hpp>

namespace rediscovery {
namespace {

// Names and messages may hold bytes from the network that are not UTF-8.
std::string dump(const nlohmann::ordered_json& document) {
  return document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

// RFC 3339 in UTC with microseconds.
std::string timestamp(std::chrono::system_clock::time_point at) {
  const auto since = at.time_since_epoch();
  const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(since).count();
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(since).count() % 1'000'000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[64];
  const std::size_t size = std::strftime(text, sizeof text, "%FT%T", &utc);
  std::snprintf(text + size, sizeof text - size, ".%06lldZ", static_cast<long long>(micros));
  return text;
}

nlohmann::ordered_json written(const Histogram& histogram) {
  nlohmann::ordered_json ranges = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    if (histogram.counts[i] == 0) continue;
    const bool has_end = i < Histogram::bounds.size();
    ranges[has_end ? std::to_string(Histogram::bounds[i].count()) : "more"] = histogram.counts[i];
  }
  return {
      {"count", histogram.count()},
      {"sum_us", histogram.sum.count()},
      {"p50_us", histogram.quantile(0.5).count()},
      {"p99_us", histogram.quantile(0.99).count()},
      {"longest_us", histogram.longest.count()},
      {"ranges_us", std::move(ranges)},
  };
}

}  // namespace

std::string Event::to_json() const {
  return dump({
      {"event", to_string(kind)},
      {"at", timestamp(at)},
      {"generation", generation},
      {"endpoint", endpoint},
      {"reason", reason},
      {"took_us", took.count()},
  });
}

std::string Stats::to_json() const {
  return dump({
      {"generation", generation},
      {"master", master},
      {"suspect", suspect},
      {"idle", idle},
      {"in_use", in_use},
      {"connecting", connecting},
      {"waiting", waiting},
      {"in_flight", in_flight},
      {"commands", commands},
      {"failed", failed},
      {"in_doubt", in_doubt},
      {"retries", retries},
      {"lookups", lookups},
      {"lookups_failed", lookups_failed},
      {"connects", connects},
      {"connects_failed", connects_failed},
      {"suspicions", suspicions},
      {"adoptions", adoptions},
      {"refusals", refusals},
      {"execute", written(execute)},
      {"wait", written(wait)},
      {"lookup", written(lookup)},
      {"connect", written(connect)},
      {"adoption", written(adoption)},
      {"confirmation", written(confirmation)},
  });
}

}  // namespace rediscovery
