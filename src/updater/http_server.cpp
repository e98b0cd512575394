#include "updater/http_server.hpp"

#include <httplib.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>

#include "updater/config.hpp"
#include "updater/state_text.hpp"

namespace rediscovery::updater {
namespace {

using Clock = std::chrono::steady_clock;

// Who connects and says nothing is not waited for any longer than this.
constexpr int kPatienceSeconds = 1;

// Requests are answered where they are accepted: the kernel's own queue is the bound.
class InTurn final : public httplib::TaskQueue {
  // Newer versions of the library ask whether the task was taken.
  using Taken = decltype(std::declval<httplib::TaskQueue&>().enqueue(nullptr));

 public:
  Taken enqueue(std::function<void()> task) override {
    task();
    return static_cast<Taken>(true);
  }
  void shutdown() override {}
};

}  // namespace

struct HttpServer::Impl {
  httplib::Server server;
  std::atomic<bool> ended{false};
  std::thread thread;
};

HttpServer::HttpServer(const core::Endpoint& address, const Board& board, const Vitals& vitals)
    : impl_(std::make_unique<Impl>()) {
  auto& server = impl_->server;
  server.new_task_queue = [] { return new InTurn; };
  server.set_keep_alive_max_count(1);
  server.set_keep_alive_timeout(kPatienceSeconds);
  server.set_read_timeout(kPatienceSeconds);
  server.set_write_timeout(kPatienceSeconds);
  server.set_payload_max_length(0);
  // Not SO_REUSEPORT, the library's default, with which a port that is taken would pass as free.
  server.set_socket_options([](socket_t fd) {
    const int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  server.Get("/metrics", [&board](const httplib::Request&, httplib::Response& response) {
    response.set_content(to_metrics(board.records(), Clock::now(), board.started()),
                         "text/plain; version=0.0.4");
  });
  server.Get("/state", [&board, &vitals](const httplib::Request&, httplib::Response& response) {
    auto state = to_state(board.records(), Clock::now());
    for (const auto& [who, silence] : vitals.silences(Clock::now()))
      state["threads"][who]["silent_seconds"] = std::chrono::duration<double>(silence).count();
    response.set_content(state.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n",
                         "application/json");
  });
  server.Get("/healthz", [&vitals](const httplib::Request&, httplib::Response& response) {
    const auto stalled = vitals.stalled(Clock::now());
    if (stalled) response.status = 503;
    response.set_content(stalled ? *stalled + " is stuck\n" : "ok\n", "text/plain");
  });
  server.set_error_handler([](const httplib::Request& request, httplib::Response& response) {
    if (!response.body.empty()) return;
    const bool known = request.path == "/metrics" || request.path == "/state" || request.path == "/healthz";
    if (request.method != "GET" && request.method != "HEAD" && known) {
      response.status = 405;
      response.set_header("Allow", "GET, HEAD");
    }
    response.set_content("there are GET /metrics, /state and /healthz\n", "text/plain");
  });
  if (!server.bind_to_port(address.address, address.port)) {
    throw ConfigError("http.address: " + address.to_string() + " cannot be listened at (" +
                      std::strerror(errno) +
                      "); end the program, or the other updater, that is there, or choose another port");
  }
  impl_->thread = std::thread([this, &server] {
    server.listen_after_bind();
    impl_->ended = true;
  });
}

HttpServer::~HttpServer() {
  // stop() before it has begun would be lost.
  while (!impl_->server.is_running() && !impl_->ended) std::this_thread::yield();
  impl_->server.stop();
  impl_->thread.join();
}

}  // namespace rediscovery::updater
