// What a request asks for. Pure: from a request to a call, or to the answer that says what is wrong with it.
#pragma once

#include <cstddef>
#include <string>
#include <variant>

#include "http.hpp"
#include "playback.hpp"

namespace st_api {

struct PlaybackCall {
  PlaybackRequest request;  // without a fault
};
struct HistoryCall {
  std::string user;
  std::size_t limit = 0;
};
struct VerifyCall {
  std::string url;
};
struct StatusCall {};
struct MetricsCall {};
using Call = std::variant<PlaybackCall, HistoryCall, VerifyCall, StatusCall, MetricsCall>;

// `most_history`: the highest `limit`, and the one that counts where none is given.
[[nodiscard]] std::variant<Call, Answer> parse_call(const Request& request, std::size_t most_history);

// "playback", "history", …, or "other": for metrics and logs, whose size must not depend on what strangers
// ask for.
[[nodiscard]] std::string route_of(const std::string& path);

}  // namespace st_api
