// One request from its arrival to its answer: its ID, its line in the log, its place in the metrics.
#pragma once

#include <chrono>
#include <string>

#include "http.hpp"
#include "metrics.hpp"
#include "playback.hpp"

namespace st_api {

class Exchange {
 public:
  // `metrics` must outlive this.
  Exchange(Metrics& metrics, const Request& request);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // To be called once, with what is about to be sent. Adds the headers that all answers have. A draining
  // service asks its clients to connect again, elsewhere.
  void end(Answer& answer, bool draining);

  // The answer for a result of the service. Why Redis did not answer goes to the log, under the request's ID:
  // the caller is not told, as it names nodes.
  [[nodiscard]] Answer noted(const PlaybackAnswer& result) const;
  [[nodiscard]] Answer noted(const HistoryAnswer& result) const;

 private:
  void note(const rediscovery::Error& error) const;

  Metrics& metrics_;
  std::string request_id_;
  std::string method_;
  std::string route_;
  std::chrono::steady_clock::time_point began_;
};

// The page of the metrics as an answer.
[[nodiscard]] Answer metrics_answer(const Metrics& metrics, const rediscovery::Stats& stats);

}  // namespace st_api
