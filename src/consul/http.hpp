// One HTTP request and its answer, waited for.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "consul/outcome.hpp"
#include "consul/settings.hpp"
#include "core/time.hpp"

namespace rediscovery::consul {

struct HttpRequest {
  std::string method;  // GET or PUT
  std::string url;
  std::vector<std::string> headers;
  std::string body;
  std::string unix_socket;  // its path; empty: the connection goes where the URL says
};

struct HttpAnswer {
  int status = 0;
  std::string body;
  std::uint64_t index = 0;  // X-Consul-Index; 0 if absent
};

// Keeps connections open between requests. One thread at a time. No proxies and no redirects: a token must
// not travel anywhere but to the configured addresses.
class HttpClient {
 public:
  // While `cancel_fd` is readable nothing is sent, and what is under way ends; -1: nothing does. It is not
  // owned.
  HttpClient(TlsSettings tls, std::chrono::milliseconds connect_timeout, int cancel_fd);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Any status is an answer. Errors: unreachable, timeout, cancelled, tls, too_large. Nothing is sent once
  // the deadline has passed.
  [[nodiscard]] Outcome<HttpAnswer> perform(const HttpRequest& request, core::TimePoint deadline);

 private:
  struct Handles;
  std::unique_ptr<Handles> handles_;
  int cancel_fd_;
};

}  // namespace rediscovery::consul
