// A request and an answer, of whichever HTTP server: the two variants have different ones.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "log.hpp"

namespace st_api {

struct Request {
  std::string method;
  std::string path;                                    // decoded, without the query
  std::multimap<std::string, std::string> parameters;  // of the query, decoded
  std::optional<std::string> idempotency_key;          // the header
  std::string request_id;                              // the header, if it is fit to be a name; else ours
};

struct Answer {
  int status = 500;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;  // beside Content-Type and Content-Length
};

[[nodiscard]] Answer json_answer(int status, const Json& body);
// {"error": …, "message": …}: a stable name for programs, and what to do for people.
[[nodiscard]] Answer error_answer(int status, const std::string& error, const std::string& message);
// For what an HTTP server refuses by itself, as it is no request that we know.
[[nodiscard]] Answer refusal_by_server(int status);

// X-Request-Id as the client has given it, so that its log and ours can be laid side by side; or a new one.
[[nodiscard]] std::string request_id_from(const std::string& header);

}  // namespace st_api
