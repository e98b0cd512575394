#include "consul/http_transfer.hpp"

#include <algorithm>
#include <charconv>
#include <mutex>
#include <string_view>

#include "consul/transfer_error.hpp"

namespace rediscovery::consul {
namespace {

// A service with a thousand instances answers with about 1 MB; more than this is not Consul.
constexpr std::size_t kLargestAnswer = 8U << 20U;

void set_text(CURL* easy, CURLoption option, const std::string& value) {
  if (!value.empty()) curl_easy_setopt(easy, option, value.c_str());
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

void initialise_libcurl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

HttpTransfer::HttpTransfer(TlsSettings tls, std::chrono::milliseconds connect_timeout, std::string user_agent)
    : tls_(std::move(tls)), connect_timeout_(connect_timeout), user_agent_(std::move(user_agent)) {
  initialise_libcurl();
  easy_ = curl_easy_init();
}

HttpTransfer::~HttpTransfer() { curl_easy_cleanup(easy_); }

std::size_t HttpTransfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  const std::size_t bytes = size * count;
  if (transfer.answer_.body.size() + bytes > kLargestAnswer) {
    transfer.too_large_ = true;
    return 0;  // anything but `bytes` makes libcurl stop
  }
  transfer.answer_.body.append(data, bytes);
  return bytes;
}

std::size_t HttpTransfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
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
    if (parsed.ec == std::errc()) static_cast<HttpTransfer*>(self)->answer_.index = index;
  }
  return size * count;
}

void HttpTransfer::prepare(const HttpRequest& request) {
  curl_easy_reset(easy_);  // options only; connections stay
  answer_ = {};
  too_large_ = false;
  detail_[0] = '\0';
  body_ = request.body;
  headers_.reset();
  const auto add_header = [this](const std::string& line) {
    headers_.reset(curl_slist_append(headers_.release(), line.c_str()));
  };
  for (const auto& line : request.headers) add_header(line);
  add_header("Expect:");  // or libcurl waits a second for "100 Continue" with a large body

  set_url(request.url);
  set_text(easy_, CURLOPT_UNIX_SOCKET_PATH, request.unix_socket);
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(kLargestAnswer));
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, detail_.data());
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  // A request that is given up takes its connection with it, which may be dead. One of HTTP/2, which Consul
  // offers over TLS, would be kept, and the next request sent on it.
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
#if LIBCURL_VERSION_NUM >= 0x075700
  // Giving up must not wait for the system's resolver, which libcurl runs in a thread of its own.
  curl_easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);
#endif
  curl_easy_setopt(easy_, CURLOPT_PROXY, "");
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_USERAGENT, user_agent_.c_str());
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_timeout_.count()));
  if (request.method != "GET") {
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, body_.c_str());
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.size()));
  }
  set_tls();
}

void HttpTransfer::set_url(std::string url) {
  connect_to_.reset();
  if (!tls_.server_name.empty() && url.starts_with("https://")) {
    // libcurl checks the certificate against the URL's host: so the URL gets the expected name, and the
    // connection still goes to the configured address.
    const auto [host, port] = authority_of(url);
    const std::size_t start = url.find("://") + 3;
    url.replace(start, url.find('/', start) - start, tls_.server_name + ":" + port);
    const std::string mapping = tls_.server_name + ":" + port + ":" + host + ":" + port;
    connect_to_.reset(curl_slist_append(nullptr, mapping.c_str()));
    curl_easy_setopt(easy_, CURLOPT_CONNECT_TO, connect_to_.get());
  }
  curl_easy_setopt(easy_, CURLOPT_URL, url.c_str());  // libcurl keeps a copy
}

void HttpTransfer::set_tls() {
  if (!tls_.ca_file.empty() || !tls_.ca_path.empty()) {
    // Both: the one that is not named would be the system's, and these are to be trusted instead.
    const auto set = [this](CURLoption option, const std::string& path) {
      curl_easy_setopt(easy_, option, path.empty() ? nullptr : path.c_str());
    };
    set(CURLOPT_CAINFO, tls_.ca_file);
    set(CURLOPT_CAPATH, tls_.ca_path);
  }
  set_text(easy_, CURLOPT_SSLCERT, tls_.cert_file);
  set_text(easy_, CURLOPT_SSLKEY, tls_.key_file);
  const bool verify = tls_.verify.value_or(true);
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
}

Outcome<HttpAnswer> HttpTransfer::finish(CURLcode code) {
  if (too_large_) {
    return Error{ErrorKind::too_large,
                 "the answer is larger than " + std::to_string(kLargestAnswer >> 20U) + " MiB"};
  }
  if (code != CURLE_OK) {
    double handshake = 0;  // seconds until its end; 0: there was none
    curl_easy_getinfo(easy_, CURLINFO_APPCONNECT_TIME, &handshake);
    return explain_transfer({code, detail_.data(), handshake > 0});
  }
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  answer_.status = static_cast<int>(status);
  return std::move(answer_);
}

}  // namespace rediscovery::consul
