#include "exchange.hpp"

#include "answers.hpp"
#include "calls.hpp"
#include "log.hpp"

namespace st_api {

Exchange::Exchange(Metrics& metrics, const Request& request)
    : metrics_(metrics),
      request_id_(request.request_id),
      method_(request.method),
      route_(route_of(request.path)),
      began_(std::chrono::steady_clock::now()) {
  metrics_.request_began();
}

void Exchange::end(Answer& answer, bool draining) {
  const auto took =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began_);
  answer.headers.emplace_back("X-Request-Id", request_id_);
  answer.headers.emplace_back("Cache-Control", "no-store");
  if (draining) answer.headers.emplace_back("Connection", "close");
  metrics_.request_ended(route_, answer.status, took);
  // The route and not the path with its query, which says what somebody watches.
  log(answer.status < 500 ? Level::info : Level::warning, "request",
      {{"request_id", request_id_},
       {"method", method_},
       {"route", route_},
       {"status", answer.status},
       {"ms", static_cast<double>(took.count()) / 1000}});
}

Answer Exchange::noted(const PlaybackAnswer& result) const {
  if (const auto* error = std::get_if<rediscovery::Error>(&result)) note(*error);
  return to_answer(result);
}

Answer Exchange::noted(const HistoryAnswer& result) const {
  if (const auto* error = std::get_if<rediscovery::Error>(&result)) note(*error);
  return to_answer(result);
}

void Exchange::note(const rediscovery::Error& error) const {
  log(Level::warning, "Redis did not answer",
      {{"request_id", request_id_},
       {"route", route_},
       {"code", to_string(error.code())},
       {"executed", to_string(error.executed())},
       {"reason", error.message()}});
}

Answer metrics_answer(const Metrics& metrics, const rediscovery::Stats& stats) {
  return {200, metrics.page(stats), "text/plain; version=0.0.4", {}};
}

}  // namespace st_api
