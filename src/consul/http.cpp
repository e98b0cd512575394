#include "consul/http.hpp"

#include <poll.h>

#include <algorithm>

#include "consul/http_transfer.hpp"

namespace rediscovery::consul {
namespace {

// libcurl wakes up by itself for the network and for its own timers; this is only for a clock that jumps.
constexpr long long kLongestPollMs = 1000;

}  // namespace

struct HttpClient::Handles {
  HttpTransfer transfer;
  CURLM* multi;
};

HttpClient::HttpClient(TlsSettings tls, std::chrono::milliseconds connect_timeout, int cancel_fd)
    : handles_(new Handles{{std::move(tls), connect_timeout, "rediscovery-updater"}, curl_multi_init()}),
      cancel_fd_(cancel_fd) {}

HttpClient::~HttpClient() { curl_multi_cleanup(handles_->multi); }

Outcome<HttpAnswer> HttpClient::perform(const HttpRequest& request, core::TimePoint deadline) {
  HttpTransfer& transfer = handles_->transfer;
  if (transfer.handle() == nullptr || handles_->multi == nullptr) {
    return Error{ErrorKind::unreachable, "out of memory"};
  }
  // Once sent, it may be carried out after the caller has given it up.
  if (std::chrono::steady_clock::now() >= deadline)
    return Error{ErrorKind::timeout, "no time was left to ask"};
  // Nor after the stop: what it says may follow from a question that the stop has cut short.
  pollfd stop{cancel_fd_, POLLIN, 0};
  if (poll(&stop, 1, 0) > 0) return Error{ErrorKind::cancelled, "stopped before it was asked"};
  transfer.prepare(request);

  // The handle must leave the multi handle on every way out.
  struct Attached {
    CURLM* multi;
    CURL* easy;
    ~Attached() { curl_multi_remove_handle(multi, easy); }
  } const attached{handles_->multi, transfer.handle()};
  curl_multi_add_handle(attached.multi, attached.easy);

  int running = 1;
  while (true) {
    if (curl_multi_perform(attached.multi, &running) != CURLM_OK) {
      return Error{ErrorKind::unreachable, "libcurl failed"};
    }
    if (running == 0) break;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Error{ErrorKind::timeout, "no answer in time"};
    curl_waitfd cancel{cancel_fd_, CURL_WAIT_POLLIN, 0};
    const int wait = static_cast<int>(std::min<long long>(left.count(), kLongestPollMs));
    curl_multi_poll(attached.multi, &cancel, cancel_fd_ >= 0 ? 1U : 0U, wait, nullptr);
    if (cancel.revents != 0) return Error{ErrorKind::cancelled, "stopped while waiting for the answer"};
  }

  int queued = 0;
  const CURLMsg* message = curl_multi_info_read(attached.multi, &queued);
  return transfer.finish(message != nullptr ? message->data.result : CURLE_RECV_ERROR);
}

}  // namespace rediscovery::consul
