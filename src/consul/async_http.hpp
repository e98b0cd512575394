// One HTTP request at a time on an event loop.
#pragma once

#include <functional>
#include <unordered_map>

#include <curl/curl.h>
#include <uv.h>

#include "consul/http_transfer.hpp"

namespace rediscovery::consul {

// libcurl's multi-socket interface on libuv: nothing is polled, the loop waits for libcurl's sockets and
// timer. Loop thread only.
class AsyncHttp {
 public:
  using Callback = std::function<void(Outcome<HttpAnswer>)>;

  AsyncHttp(uv_loop_t* loop, TlsSettings tls, std::chrono::milliseconds connect_timeout);
  // Cancels.
  ~AsyncHttp();
  AsyncHttp(const AsyncHttp&) = delete;
  AsyncHttp& operator=(const AsyncHttp&) = delete;

  // The callback is called exactly once, from the loop and never from inside start(), unless cancel() comes
  // first. There is no time-out but libcurl's for connecting. REQUIRES: no other request is under way.
  void start(const HttpRequest& request, Callback done);
  void cancel();

 private:
  struct Watch;

  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* watch);
  static int on_timer(CURLM* multi, long wait_ms, void* self);
  void watch(curl_socket_t socket, int what);
  void unwatch(curl_socket_t socket);
  void act(curl_socket_t socket, int ready);

  uv_loop_t* loop_;
  HttpTransfer transfer_;
  CURLM* multi_;
  uv_timer_t* timer_;  // freed by libuv's close callback
  std::unordered_map<curl_socket_t, Watch*> watches_;
  Callback done_;  // empty: no request is under way
};

}  // namespace rediscovery::consul
