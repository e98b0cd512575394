#include "uv_http_server.hpp"

#include <netdb.h>
#include <unistd.h>

#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>

namespace st_api {

struct UvHttpServer::Pending {
  MHD_Connection* connection = nullptr;
  std::size_t body_bytes = 0;
  bool begun = false;      // the handler has been called
  bool suspended = false;  // the library waits for us
  std::optional<Answer> answer;
};

namespace {

constexpr std::size_t kMostBodyBytes = 4096;  // requests have no body

// The library's strings end at the first NUL, so one from outside must not become any: with its escape left
// as it is, a name is refused for the '%'.
std::size_t unescape(void*, MHD_Connection*, char* text) {
  return std::strstr(text, "%00") == nullptr ? MHD_http_unescape(text) : std::strlen(text);
}

MHD_Result add_parameter(void* parameters, MHD_ValueKind, const char* name, const char* value) {
  static_cast<std::multimap<std::string, std::string>*>(parameters)
      ->emplace(name, value == nullptr ? "" : value);
  return MHD_YES;
}

struct HeaderSearch {
  const char* name = nullptr;
  std::vector<std::string> values;
};

MHD_Result add_header(void* search_as_void, MHD_ValueKind, const char* name, const char* value) {
  auto& search = *static_cast<HeaderSearch*>(search_as_void);
  if (strcasecmp(name, search.name) == 0) search.values.emplace_back(value == nullptr ? "" : value);
  return MHD_YES;
}

std::vector<std::string> header_values(MHD_Connection* connection, const char* name) {
  HeaderSearch search{name, {}};
  MHD_get_connection_values(connection, MHD_HEADER_KIND, add_header, &search);
  return search.values;
}

Request to_request(MHD_Connection* connection, const char* url, const char* method) {
  Request request;
  request.method = method;
  request.path = url;
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, add_parameter, &request.parameters);
  const auto keys = header_values(connection, "Idempotency-Key");
  if (!keys.empty()) request.idempotency_key = keys.size() == 1 ? keys.front() : "";
  const auto ids = header_values(connection, "X-Request-Id");
  request.request_id = request_id_from(ids.empty() ? "" : ids.front());
  return request;
}

MHD_Result queue(MHD_Connection* connection, Answer& answer) {
  MHD_Response* response =
      MHD_create_response_from_buffer(answer.body.size(), answer.body.data(), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;  // out of memory: the connection is closed
  MHD_add_response_header(response, "Content-Type", answer.content_type.c_str());
  for (const auto& [name, value] : answer.headers)
    MHD_add_response_header(response, name.c_str(), value.c_str());
  const MHD_Result queued = MHD_queue_response(connection, static_cast<unsigned>(answer.status), response);
  MHD_destroy_response(response);
  return queued;
}

// Owned until freeaddrinfo().
addrinfo* numeric_address(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return nullptr;
  return found;
}

}  // namespace

UvHttpServer::UvHttpServer(uv_loop_t* loop, const std::string& host, std::uint16_t port, Handler handler)
    : handler_(std::move(handler)) {
  if (addrinfo* address = numeric_address(host, port)) {
    const unsigned family = address->ai_family == AF_INET6 ? MHD_USE_IPv6 : 0;
    // A client that is slow or idle is closed after some seconds. A thousand viewers may come at once.
    daemon_ = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | family, port, nullptr, nullptr,
                               on_request, this, MHD_OPTION_SOCK_ADDR, address->ai_addr,
                               MHD_OPTION_NOTIFY_COMPLETED, on_completed, this, MHD_OPTION_UNESCAPE_CALLBACK,
                               unescape, nullptr, MHD_OPTION_CONNECTION_TIMEOUT, 5U,
                               MHD_OPTION_CONNECTION_MEMORY_LIMIT, std::size_t{16} * 1024,
                               MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024U, MHD_OPTION_END);
    ::freeaddrinfo(address);
  }
  if (daemon_ == nullptr) throw std::runtime_error("cannot listen on " + host + ":" + std::to_string(port));
  uv_timer_init(loop, &timer_);
  timer_.data = this;
  uv_poll_init(loop, &poll_, MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd);
  poll_.data = this;
  uv_poll_start(&poll_, UV_READABLE,
                [](uv_poll_t* poll, int, int) { static_cast<UvHttpServer*>(poll->data)->turn(); });
}

int UvHttpServer::port() const { return MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_BIND_PORT)->port; }

// The library calls this several times for a request: at its head, for parts of its body, at its end, and
// again when it has been suspended and is resumed.
MHD_Result UvHttpServer::on_request(void* self, MHD_Connection* connection, const char* url,
                                    const char* method, const char*, const char*, std::size_t* upload_size,
                                    void** state) {
  auto& server = *static_cast<UvHttpServer*>(self);
  if (*state == nullptr) {
    auto pending = std::make_shared<Pending>();
    pending->connection = connection;
    *state = new std::shared_ptr<Pending>(std::move(pending));
    ++server.pending_;
    return MHD_YES;
  }
  const auto& pending = *static_cast<std::shared_ptr<Pending>*>(*state);
  if (*upload_size != 0) {
    pending->body_bytes += *upload_size;
    *upload_size = 0;
    return MHD_YES;
  }
  return server.proceed(pending, url, method);
}

MHD_Result UvHttpServer::proceed(const std::shared_ptr<Pending>& pending, const char* url,
                                 const char* method) {
  if (!pending->begun) {
    pending->begun = true;
    if (pending->body_bytes > kMostBodyBytes) {
      pending->answer = refusal_by_server(413);
    } else {
      handler_(to_request(pending->connection, url, method),
               [this, pending](Answer answer) { respond(pending, std::move(answer)); });
    }
  }
  if (pending->answer) return queue(pending->connection, *pending->answer);
  pending->suspended = true;
  MHD_suspend_connection(pending->connection);
  return MHD_YES;
}

void UvHttpServer::respond(const std::shared_ptr<Pending>& pending, Answer answer) {
  pending->answer = std::move(answer);
  if (!std::exchange(pending->suspended, false)) return;
  MHD_resume_connection(pending->connection);
  turn_within(0);
}

// The answer was sent, or the client is gone.
void UvHttpServer::on_completed(void* self, MHD_Connection*, void** state, MHD_RequestTerminationCode) {
  if (*state == nullptr) return;
  delete static_cast<std::shared_ptr<Pending>*>(*state);
  *state = nullptr;
  --static_cast<UvHttpServer*>(self)->pending_;
}

void UvHttpServer::turn() {
  if (daemon_ == nullptr) return;
  MHD_run(daemon_);
  MHD_UNSIGNED_LONG_LONG within = 0;
  if (MHD_get_timeout(daemon_, &within) == MHD_YES) {
    turn_within(within);
  } else {
    uv_timer_stop(&timer_);
  }
  if (drained_ && pending_ == 0) std::exchange(drained_, nullptr)();
}

void UvHttpServer::turn_within(std::uint64_t milliseconds) {
  uv_timer_start(
      &timer_, [](uv_timer_t* timer) { static_cast<UvHttpServer*>(timer->data)->turn(); }, milliseconds, 0);
}

void UvHttpServer::drain(std::function<void()> drained) {
  drained_ = std::move(drained);
  const MHD_socket listener = MHD_quiesce_daemon(daemon_);
  if (listener != MHD_INVALID_SOCKET) ::close(listener);
  turn_within(0);
}

void UvHttpServer::close() {
  if (daemon_ == nullptr) return;
  uv_poll_stop(&poll_);
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&timer_), nullptr);
  MHD_stop_daemon(std::exchange(daemon_, nullptr));
}

}  // namespace st_api
