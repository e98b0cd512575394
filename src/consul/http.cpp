#include "consul/http.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <mutex>
#include <string_view>

namespace rediscovery::consul {
namespace {

// A service with a thousand instances answers with about 1 MB; more than this is not Consul.
constexpr std::size_t kLargestAnswer = 8U << 20U;
// How often a request under way looks whether its time is over; libcurl wakes up by itself for the network.
constexpr int kPollMs = 50;

struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

struct Received {
  HttpAnswer answer;
  bool too_large = false;
};

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) {
  auto& received = *static_cast<Received*>(user);
  const std::size_t bytes = size * count;
  if (received.answer.body.size() + bytes > kLargestAnswer) {
    received.too_large = true;
    return 0;  // anything but `bytes` makes libcurl stop
  }
  received.answer.body.append(data, bytes);
  return bytes;
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) {
  constexpr std::string_view kIndex = "x-consul-index:";
  std::string_view line(data, size * count);
  const bool matches = line.size() > kIndex.size() &&
                       std::equal(kIndex.begin(), kIndex.end(), line.begin(), [](char want, char have) {
                         return want == (have >= 'A' && have <= 'Z' ? have + 32 : have);
                       });
  if (matches) {
    line.remove_prefix(kIndex.size());
    while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    std::uint64_t index = 0;
    const auto parsed = std::from_chars(line.data(), line.data() + line.size(), index);
    if (parsed.ec == std::errc()) static_cast<Received*>(user)->answer.index = index;
  }
  return size * count;
}

ErrorKind classify(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return ErrorKind::timeout;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_USE_SSL_FAILED:
      return ErrorKind::tls;
    case CURLE_URL_MALFORMAT:
      return ErrorKind::rejected;
    case CURLE_FILESIZE_EXCEEDED:
      return ErrorKind::too_large;
    case CURLE_UNSUPPORTED_PROTOCOL:  // the other end speaks, but not HTTP
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return ErrorKind::malformed;
    default:
      return ErrorKind::unreachable;
  }
}

void set_text(CURL* easy, CURLoption option, const std::string& value) {
  if (!value.empty()) curl_easy_setopt(easy, option, value.c_str());
}

void set_tls(CURL* easy, const TlsSettings& tls) {
  set_text(easy, CURLOPT_CAINFO, tls.ca_file);
  set_text(easy, CURLOPT_CAPATH, tls.ca_path);
  set_text(easy, CURLOPT_SSLCERT, tls.cert_file);
  set_text(easy, CURLOPT_SSLKEY, tls.key_file);
  const bool verify = tls.verify.value_or(true);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
}

struct Authority {
  std::string host;
  std::string port;
};

// REQUIRES: a URL that normalize_address() has made, with a path behind it.
Authority authority_of(const std::string& url) {
  const std::size_t start = url.find("://") + 3;
  const std::string text = url.substr(start, url.find('/', start) - start);
  const std::size_t colon = text.rfind(':');
  const bool has_port = colon != std::string::npos && text.find(']', colon) == std::string::npos;
  if (!has_port) return {text, url.starts_with("https") ? "443" : "80"};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

struct HttpClient::Handles {
  CURLM* multi = nullptr;
  CURL* easy = nullptr;
};

HttpClient::HttpClient(TlsSettings tls, std::chrono::milliseconds connect_timeout, int cancel_fd)
    : handles_(std::make_unique<Handles>()),
      tls_(std::move(tls)),
      connect_timeout_(connect_timeout),
      cancel_fd_(cancel_fd) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  handles_->multi = curl_multi_init();
  handles_->easy = curl_easy_init();
}

HttpClient::~HttpClient() {
  curl_easy_cleanup(handles_->easy);
  curl_multi_cleanup(handles_->multi);
}

Outcome<HttpAnswer> HttpClient::perform(const HttpRequest& request, core::TimePoint deadline) {
  CURL* easy = handles_->easy;
  if (easy == nullptr || handles_->multi == nullptr) return Error{ErrorKind::unreachable, "out of memory"};
  curl_easy_reset(easy);  // options only; connections stay

  Received received;
  HeaderList headers;
  const auto add_header = [&headers](const std::string& line) {
    headers.reset(curl_slist_append(headers.release(), line.c_str()));
  };
  for (const auto& line : request.headers) add_header(line);
  add_header("Expect:");  // or libcurl waits a second for "100 Continue" with a large body

  std::string url = request.url;
  HeaderList connect_to;
  if (!tls_.server_name.empty() && url.starts_with("https://")) {
    // libcurl checks the certificate against the URL's host: so the URL gets the expected name, and the
    // connection still goes to the configured address.
    const auto [host, port] = authority_of(url);
    const std::size_t start = url.find("://") + 3;
    url.replace(start, url.find('/', start) - start, tls_.server_name + ":" + port);
    connect_to.reset(
        curl_slist_append(nullptr, (tls_.server_name + ":" + port + ":" + host + ":" + port).c_str()));
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to.get());
  }
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &received);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &received);
  curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(kLargestAnswer));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "rediscovery-updater");
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_timeout_.count()));
  if (request.method != "GET") {
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  set_tls(easy, tls_);

  // The handle must leave the multi handle on every way out.
  struct Attached {
    CURLM* multi;
    CURL* easy;
    ~Attached() { curl_multi_remove_handle(multi, easy); }
  } const attached{handles_->multi, easy};
  curl_multi_add_handle(attached.multi, easy);

  int running = 1;
  while (true) {
    if (curl_multi_perform(attached.multi, &running) != CURLM_OK) {
      return Error{ErrorKind::unreachable, "libcurl failed"};
    }
    if (running == 0) break;
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Error{ErrorKind::timeout, "no answer in time"};
    curl_waitfd cancel{cancel_fd_, CURL_WAIT_POLLIN, 0};
    const int wait = static_cast<int>(std::min<long long>(left.count(), kPollMs));
    curl_multi_poll(attached.multi, &cancel, cancel_fd_ >= 0 ? 1U : 0U, wait, nullptr);
    if (cancel.revents != 0) return Error{ErrorKind::cancelled, "stopped while waiting for the answer"};
  }

  int queued = 0;
  const CURLMsg* message = curl_multi_info_read(attached.multi, &queued);
  const CURLcode code = message != nullptr ? message->data.result : CURLE_RECV_ERROR;
  if (received.too_large) {
    return Error{ErrorKind::too_large,
                 "the answer is larger than " + std::to_string(kLargestAnswer >> 20U) + " MiB"};
  }
  if (code == CURLE_UNSUPPORTED_PROTOCOL)
    return Error{ErrorKind::malformed, "what answers does not speak HTTP"};
  if (code != CURLE_OK) return Error{classify(code), curl_easy_strerror(code)};
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  received.answer.status = static_cast<int>(status);
  return std::move(received.answer);
}

}  // namespace rediscovery::consul
