#include "calls.hpp"

#include <charconv>
#include <string_view>

namespace st_api {
namespace {

constexpr std::string_view kPlayback = "/playback/";

Answer bad_request(const std::string& message) { return error_answer(400, "bad_request", message); }

// Missing, or given more than once: empty, which nothing here allows.
std::string only_value(const Request& request, const char* name) {
  const auto [first, last] = request.parameters.equal_range(name);
  return first != last && std::next(first) == last ? first->second : "";
}

std::variant<Call, Answer> playback(const Request& request) {
  PlaybackCall call{{only_value(request, "user"), request.path.substr(kPlayback.size()),
                     only_value(request, "device"), only_value(request, "quality"),
                     only_value(request, "idempotency_key")}};
  const bool as_parameter = request.parameters.count("idempotency_key") != 0;
  if (as_parameter && request.idempotency_key) {
    return bad_request(
        "give the idempotency key as the header Idempotency-Key or as a parameter, not as both");
  }
  if (request.idempotency_key) call.request.idempotency_key = *request.idempotency_key;
  // Somebody who sends a key relies on it: an empty one is not the same as none.
  if ((as_parameter || request.idempotency_key) && call.request.idempotency_key.empty()) {
    return bad_request("Idempotency-Key must be given once, and not be empty");
  }
  if (const std::string fault = find_fault(call.request); !fault.empty()) return bad_request(fault);
  return call;
}

std::variant<Call, Answer> history(const Request& request, std::size_t most) {
  HistoryCall call{only_value(request, "user"), most};
  if (!is_name(call.user)) return bad_request("user must be 1 to 64 letters, digits, '-' or '_'");
  if (request.parameters.count("limit") != 0) {
    const std::string text = only_value(request, "limit");
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), call.limit);
    if (error != std::errc{} || end != text.data() + text.size() || call.limit < 1 || call.limit > most) {
      return bad_request("limit must be a number from 1 to " + std::to_string(most));
    }
  }
  return call;
}

std::variant<Call, Answer> verify(const Request& request) {
  VerifyCall call{only_value(request, "url")};
  constexpr std::size_t kLongest = 2048;
  if (call.url.empty() || call.url.size() > kLongest) {
    return bad_request("url must be a URL as /playback has given it, percent-encoded, of at most 2048 bytes");
  }
  return call;
}

}  // namespace

std::string route_of(const std::string& path) {
  if (path.starts_with(kPlayback) && path.find('/', kPlayback.size()) == std::string::npos &&
      path.size() > kPlayback.size()) {
    return "playback";
  }
  for (const char* name : {"history", "verify", "status", "metrics"}) {
    if (path == std::string("/") + name) return name;
  }
  return "other";
}

std::variant<Call, Answer> parse_call(const Request& request, std::size_t most_history) {
  const std::string route = route_of(request.path);
  if (route == "other") {
    return error_answer(404, "not_found",
                        "there are /playback/CONTENT, /history, /verify, /status and /metrics");
  }
  // Also no HEAD: it would write a session that nobody hears of.
  if (request.method != "GET") {
    Answer answer = error_answer(405, "method_not_allowed", "only GET is known here");
    answer.headers.emplace_back("Allow", "GET");
    return answer;
  }
  if (route == "playback") return playback(request);
  if (route == "history") return history(request, most_history);
  if (route == "verify") return verify(request);
  if (route == "status") return StatusCall{};
  return MetricsCall{};
}

}  // namespace st_api
