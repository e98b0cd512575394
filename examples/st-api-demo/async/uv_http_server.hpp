// HTTP on a libuv loop: GNU libmicrohttpd reads, writes and parses, and has no thread and no loop of its own.
// Its epoll descriptor is one more thing that the loop watches.
#pragma once

#include <microhttpd.h>
#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/http.hpp"

namespace st_api {

// The loop's thread.
class UvHttpServer {
 public:
  // To be called once, now or later.
  using Respond = std::function<void(Answer)>;
  using Handler = std::function<void(Request, Respond)>;

  // Listens on a numeric address; port 0: any free one. Throws std::runtime_error when it cannot. `loop` must
  // outlive this and run once more after close(): libuv frees its handles then.
  UvHttpServer(uv_loop_t* loop, const std::string& host, std::uint16_t port, Handler handler);
  // REQUIRES: close(), and that the loop has run.
  ~UvHttpServer() = default;
  UvHttpServer(const UvHttpServer&) = delete;
  UvHttpServer& operator=(const UvHttpServer&) = delete;

  [[nodiscard]] int port() const;
  // Accepts nobody any more. `drained` is called from the loop when all requests are answered.
  void drain(std::function<void()> drained);
  // Cuts what is left. REQUIRES: every Respond was called. Idempotent; not from inside the handler.
  void close();

 private:
  struct Pending;  // a request that came, until its answer is sent

  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* url, const char* method,
                               const char* version, const char* upload, std::size_t* upload_size,
                               void** state);
  static void on_completed(void* self, MHD_Connection* connection, void** state,
                           MHD_RequestTerminationCode how);
  MHD_Result proceed(const std::shared_ptr<Pending>& pending, const char* url, const char* method);
  void respond(const std::shared_ptr<Pending>& pending, Answer answer);
  // Lets the library do what is due, and asks it when it wants to be called next.
  void turn();
  void turn_within(std::uint64_t milliseconds);

  Handler handler_;
  std::function<void()> drained_;
  MHD_Daemon* daemon_ = nullptr;
  std::size_t pending_ = 0;
  uv_poll_t poll_{};
  uv_timer_t timer_{};
};

}  // namespace st_api
