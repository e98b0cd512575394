#include "http.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <mutex>

namespace st_gate {
namespace {

constexpr std::size_t kMostBytes = 16U << 20U;
constexpr long kConnectTimeoutMs = 2'000;

std::size_t take_body(char* data, std::size_t, std::size_t size, void* target) {
  auto& body = *static_cast<std::string*>(target);
  if (body.size() + size > kMostBytes) return 0;
  body.append(data, size);
  return size;
}

std::size_t take_header(char* data, std::size_t, std::size_t size, void* target) {
  auto& headers = *static_cast<std::map<std::string, std::string>*>(target);
  const std::string line(data, size);
  const auto colon = line.find(':');
  if (line.starts_with("HTTP/")) headers.clear();  // of an interim answer
  if (colon == std::string::npos) return size;
  std::string name = line.substr(0, colon);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto first = line.find_first_not_of(" \t", colon + 1);
  const auto last = line.find_last_not_of(" \t\r\n");
  headers[name] = first == std::string::npos || last < first ? "" : line.substr(first, last + 1 - first);
  return size;
}

}  // namespace

std::string HttpAnswer::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

Http::Http(std::string ca_file) : ca_file_(std::move(ca_file)) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  easy_ = curl_easy_init();
  multi_ = curl_multi_init();
  if (easy_ == nullptr || multi_ == nullptr) throw HttpError("libcurl cannot be used");
}

Http::~Http() {
  curl_easy_cleanup(easy_);
  curl_multi_cleanup(multi_);
}

void Http::cancel() {
  cancelled_ = true;
  curl_multi_wakeup(multi_);
}

void Http::perform() {
  curl_multi_add_handle(multi_, easy_);
  int running = 1;
  while (running != 0 && !cancelled_) {
    if (curl_multi_perform(multi_, &running) != CURLM_OK) break;
    constexpr int kLongestMs = 1'000;
    if (running != 0) curl_multi_poll(multi_, nullptr, 0, kLongestMs, nullptr);
  }
  CURLcode result = CURLE_ABORTED_BY_CALLBACK;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg == CURLMSG_DONE) result = message->data.result;
  }
  curl_multi_remove_handle(multi_, easy_);
  if (result != CURLE_OK) throw HttpError(cancelled_ ? "cancelled" : curl_easy_strerror(result));
}

HttpAnswer Http::send(const HttpRequest& request) {
  HttpAnswer answer;
  curl_easy_reset(easy_);
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
      [&request] {
        curl_slist* list = nullptr;
        for (const auto& header : request.headers) list = curl_slist_append(list, header.c_str());
        // Otherwise libcurl would add some of its own that are not signed, or wait for a "100 Continue".
        for (const char* none : {"Expect:", "Accept:"}) list = curl_slist_append(list, none);
        return list;
      }(),
      curl_slist_free_all);
  curl_easy_setopt(easy_, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers.get());
  if (!request.body.empty() || request.method != "GET") {
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy_, CURLOPT_COPYPOSTFIELDS, request.body.c_str());
  }
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, &answer.body);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, &answer.headers);
  if (!ca_file_.empty()) curl_easy_setopt(easy_, CURLOPT_CAINFO, ca_file_.c_str());
  perform();
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &answer.status);
  return answer;
}

}  // namespace st_gate
