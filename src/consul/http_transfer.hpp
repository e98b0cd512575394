// One request on one libcurl handle: what it is set to, and what its end means. Waiting is somebody else's.
#pragma once

#include <array>
#include <memory>
#include <string>

#include <curl/curl.h>

#include "consul/http.hpp"

namespace rediscovery::consul {

// Before the first handle is made, in any thread.
void initialise_libcurl();

// Owns the handle and what its options point to. Keeps connections open between requests when the handle is
// driven through the same multi handle. One thread at a time.
class HttpTransfer {
 public:
  HttpTransfer(TlsSettings tls, std::chrono::milliseconds connect_timeout, std::string user_agent);
  ~HttpTransfer();
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  // Null if libcurl is out of memory.
  [[nodiscard]] CURL* handle() { return easy_; }
  // Forgets the request before. The handle must not be part of a multi handle now.
  void prepare(const HttpRequest& request);
  // After the handle has ended with `code`.
  [[nodiscard]] Outcome<HttpAnswer> finish(CURLcode code);

 private:
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  using List = std::unique_ptr<curl_slist, FreeList>;

  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  void set_url(std::string url);
  void set_tls();

  TlsSettings tls_;
  std::chrono::milliseconds connect_timeout_;
  std::string user_agent_;
  CURL* easy_;
  List headers_;
  List connect_to_;
  std::string body_;
  HttpAnswer answer_;
  bool too_large_ = false;
  std::array<char, CURL_ERROR_SIZE> detail_{};  // libcurl's own words for an error
};

}  // namespace rediscovery::consul
