#include "http.hpp"

#include <atomic>
#include <random>

#include "catalog.hpp"
#include "digest.hpp"

namespace st_api {
namespace {

const char* name_of(int status) {
  switch (status) {
    case 404:
      return "not_found";
    case 413:
    case 431:
      return "too_large";
    case 414:
      return "too_long";
    default:
      return status < 500 ? "bad_request" : "internal";
  }
}

const char* advice_for(int status) {
  switch (status) {
    case 413:
      return "requests have no body here";
    case 414:
      return "the path and the parameters are too long";
    case 431:
      return "the headers are too large";
    default:
      return status < 500 ? "this is not an HTTP request that is understood here" : "it has been logged";
  }
}

}  // namespace

Answer json_answer(int status, const Json& body) {
  Answer answer;
  answer.status = status;
  answer.body = to_text(body) + "\n";
  return answer;
}

Answer error_answer(int status, const std::string& error, const std::string& message) {
  return json_answer(status, {{"error", error}, {"message", message}});
}

Answer refusal_by_server(int status) { return error_answer(status, name_of(status), advice_for(status)); }

std::string request_id_from(const std::string& header) {
  if (is_name(header)) return header;
  // A random beginning for this process, then a number: an ID has to be unlike others, not secret.
  static const std::string process = [] {
    std::random_device random;
    const auto value = random();
    std::string bytes;
    for (std::size_t i = 0; i < sizeof value; ++i) bytes += static_cast<char>(value >> (8 * i));
    return to_hex(bytes);
  }();
  static std::atomic<std::uint64_t> next{1};
  return process + "-" + std::to_string(next++);
}

}  // namespace st_api
