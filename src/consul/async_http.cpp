#include "consul/async_http.hpp"

#include <utility>

namespace rediscovery::consul {

struct AsyncHttp::Watch {
  uv_poll_t poll;
  AsyncHttp* http;
  curl_socket_t socket;
};

AsyncHttp::AsyncHttp(uv_loop_t* loop, TlsSettings tls, std::chrono::milliseconds connect_timeout)
    : loop_(loop),
      transfer_(std::move(tls), connect_timeout, "rediscovery"),
      multi_(curl_multi_init()),
      timer_(new uv_timer_t{}) {
  uv_timer_init(loop, timer_);
  timer_->data = this;
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
}

AsyncHttp::~AsyncHttp() {
  cancel();
  curl_multi_cleanup(multi_);
  while (!watches_.empty()) unwatch(watches_.begin()->first);
  uv_close(reinterpret_cast<uv_handle_t*>(timer_),
           [](uv_handle_t* handle) { delete reinterpret_cast<uv_timer_t*>(handle); });
}

void AsyncHttp::start(const HttpRequest& request, Callback done) {
  done_ = std::move(done);
  transfer_.prepare(request);
  // libcurl sets its timer to "at once", so everything happens from the loop.
  curl_multi_add_handle(multi_, transfer_.handle());
}

void AsyncHttp::cancel() {
  if (!done_) return;
  done_ = nullptr;
  curl_multi_remove_handle(multi_, transfer_.handle());
}

int AsyncHttp::on_timer(CURLM* /*multi*/, long wait_ms, void* self) {
  uv_timer_t* timer = static_cast<AsyncHttp*>(self)->timer_;
  if (wait_ms < 0) {
    uv_timer_stop(timer);
    return 0;
  }
  const auto fire = [](uv_timer_t* fired) {
    static_cast<AsyncHttp*>(fired->data)->act(CURL_SOCKET_TIMEOUT, 0);
  };
  uv_timer_start(timer, fire, static_cast<std::uint64_t>(wait_ms), 0);
  return 0;
}

int AsyncHttp::on_socket(CURL* /*easy*/, curl_socket_t socket, int what, void* self, void* /*watch*/) {
  auto& http = *static_cast<AsyncHttp*>(self);
  if (what == CURL_POLL_REMOVE) {
    http.unwatch(socket);
  } else {
    http.watch(socket, what);
  }
  return 0;
}

void AsyncHttp::watch(curl_socket_t socket, int what) {
  auto found = watches_.find(socket);
  if (found == watches_.end()) {
    auto* added = new Watch{{}, this, socket};
    if (uv_poll_init_socket(loop_, &added->poll, socket) != 0) {
      delete added;  // the request ends with a time-out of its owner's
      return;
    }
    added->poll.data = added;
    found = watches_.emplace(socket, added).first;
  }
  const int events = (what != CURL_POLL_OUT ? UV_READABLE : 0) | (what != CURL_POLL_IN ? UV_WRITABLE : 0);
  uv_poll_start(&found->second->poll, events, [](uv_poll_t* poll, int status, int ready) {
    const auto* self = static_cast<Watch*>(poll->data);
    const int flags = ((ready & UV_READABLE) != 0 ? CURL_CSELECT_IN : 0) |
                      ((ready & UV_WRITABLE) != 0 ? CURL_CSELECT_OUT : 0) |
                      (status != 0 ? CURL_CSELECT_ERR : 0);
    self->http->act(self->socket, flags);
  });
}

void AsyncHttp::unwatch(curl_socket_t socket) {
  const auto found = watches_.find(socket);
  if (found == watches_.end()) return;
  Watch* watch = found->second;
  watches_.erase(found);
  uv_close(reinterpret_cast<uv_handle_t*>(&watch->poll),
           [](uv_handle_t* handle) { delete static_cast<Watch*>(handle->data); });
}

void AsyncHttp::act(curl_socket_t socket, int ready) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, ready, &running);
  int queued = 0;
  const CURLMsg* message = curl_multi_info_read(multi_, &queued);
  if (message == nullptr || message->msg != CURLMSG_DONE || !done_) return;
  const CURLcode code = message->data.result;
  curl_multi_remove_handle(multi_, transfer_.handle());
  const Callback done = std::exchange(done_, nullptr);
  done(transfer_.finish(code));  // may destroy this
}

}  // namespace rediscovery::consul
