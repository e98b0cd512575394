// st-api-async: the same service on the application's own libuv loop, in one thread. Redis, HTTP, signals and
// timers are all the loop's. See `st-api-async --help`.
#include <uv.h>

#include <csignal>
#include <exception>
#include <iostream>
#include <optional>
#include <stdexcept>

#include <rediscovery/async_client.hpp>

#include "common/answers.hpp"
#include "common/calls.hpp"
#include "common/config.hpp"
#include "common/event_log.hpp"
#include "common/exchange.hpp"
#include "common/log.hpp"
#include "service.hpp"
#include "uv_http_server.hpp"

namespace {

using namespace st_api;

// Everything on the loop. It ends itself when a signal comes; uv_run() returns when nothing is left.
class App {
 public:
  App(uv_loop_t* loop, const Config& config)
      : config_(config),
        playback_(config.catalog, config.playback),
        client_(std::in_place, with_events(config), loop),
        service_(*client_, playback_, config),
        server_(loop, config.host, config.port, [this](Request request, UvHttpServer::Respond respond) {
          handle(std::move(request), std::move(respond));
        }) {
    log(Level::info, "listening",
        {{"address", config.host}, {"port", server_.port()}, {"redis", config.redis.master}});
    uv_timer_init(loop, &timer_);
    timer_.data = this;
    for (auto& [signal, number] : signals_) {
      uv_signal_init(loop, &signal);
      signal.data = this;
      uv_signal_start(
          &signal, [](uv_signal_t* it, int) { static_cast<App*>(it->data)->on_signal(); }, number);
    }
  }
  App(const App&) = delete;
  App& operator=(const App&) = delete;

 private:
  // Its events come on this thread; the log has another one for the disk.
  rediscovery::Options with_events(const Config& config) {
    rediscovery::Options options = config.redis;
    if (!config.event_file.empty()) {
      events_.emplace(config.event_file);
      options.on_event = [this](const rediscovery::Event& event) { events_->add(event); };
    }
    return options;
  }

  Detached handle(Request request, UvHttpServer::Respond respond) {
    Exchange exchange(metrics_, request);
    Answer result;
    try {
      result = co_await answer(request, exchange);
    } catch (const std::exception& problem) {
      log(Level::error, "unexpected", {{"request_id", request.request_id}, {"reason", problem.what()}});
      result = refusal_by_server(500);
    }
    exchange.end(result, draining_);
    respond(std::move(result));
  }

  Task<Answer> answer(const Request& request, Exchange& exchange) {
    auto parsed = parse_call(request, config_.history_length);
    if (auto* wrong = std::get_if<Answer>(&parsed)) co_return *wrong;
    const Call& call = std::get<Call>(parsed);
    if (const auto* playback = std::get_if<PlaybackCall>(&call)) {
      co_return exchange.noted(co_await service_.issue(playback->request));
    }
    if (const auto* history = std::get_if<HistoryCall>(&call)) {
      co_return exchange.noted(co_await service_.history(history->user, history->limit));
    }
    if (const auto* verify = std::get_if<VerifyCall>(&call))
      co_return to_answer(playback_.check(verify->url, now()));
    if (std::holds_alternative<MetricsCall>(call)) co_return metrics_answer(metrics_, client_->stats());
    if (draining_) co_return to_answer(draining_health(client_->stats()));
    co_return to_answer(co_await service_.check());
  }

  // The first: /status is 503 for a while. The second, or the end of that: nobody is accepted any more.
  void on_signal() {
    if (draining_) return stop_accepting();
    log(Level::info, "stopping");
    draining_ = true;
    metrics_.set_draining();
    after(config_.drain_grace, [](uv_timer_t* timer) { static_cast<App*>(timer->data)->stop_accepting(); });
  }

  void stop_accepting() {
    if (std::exchange(stopping_, true)) return;
    server_.drain([this] { end(); });
    after(config_.drain_limit, [](uv_timer_t* timer) { static_cast<App*>(timer->data)->cut(); });
  }

  // Without Redis the requests under way fail at once; a client that does not take its answer is cut off.
  void cut() {
    log(Level::warning, "requests are still under way at the drain limit");
    client_->close();
    after(std::chrono::seconds(1), [](uv_timer_t* timer) { static_cast<App*>(timer->data)->end(); });
  }

  void end() {
    if (std::exchange(ended_, true)) return;
    client_->close();
    log(Level::info, "stopped", Json::parse(client_->stats().to_json()));
    server_.close();
    client_.reset();
    uv_close(reinterpret_cast<uv_handle_t*>(&timer_), nullptr);
    for (auto& [signal, number] : signals_) uv_close(reinterpret_cast<uv_handle_t*>(&signal), nullptr);
  }

  void after(std::chrono::milliseconds span, uv_timer_cb action) {
    uv_timer_start(&timer_, action, static_cast<std::uint64_t>(span.count()), 0);
  }

  const Config& config_;
  std::optional<EventLog> events_;
  Metrics metrics_;
  const Playback playback_;
  std::optional<rediscovery::AsyncClient> client_;
  AsyncService service_;
  UvHttpServer server_;
  bool draining_ = false;
  bool stopping_ = false;
  bool ended_ = false;
  uv_timer_t timer_{};  // of the drain
  std::pair<uv_signal_t, int> signals_[2]{{{}, SIGTERM}, {{}, SIGINT}};
};

// What is closed on a loop is freed when it runs once more, also after a start that failed half-way.
class Loop {
 public:
  Loop() {
    if (const int problem = uv_loop_init(&loop_); problem != 0)
      throw std::runtime_error(uv_strerror(problem));
  }
  ~Loop() {
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  [[nodiscard]] uv_loop_t* get() { return &loop_; }

 private:
  uv_loop_t loop_{};
};

void serve(const Config& config) {
  Loop loop;
  App app(loop.get(), config);
  uv_run(loop.get(), UV_RUN_DEFAULT);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto config = read_config({argv + 1, argv + argc}, process_environment());
    if (config.help) {
      std::cout << help_text();
      return 0;
    }
    set_log_level(config.log_level);
    // A client that goes while it is being answered is an error of that write, and no reason to end.
    std::signal(SIGPIPE, SIG_IGN);
    serve(config);
    return 0;
  } catch (const UsageError& problem) {
    std::cerr << "st-api-async: " << problem.what() << "\nTry st-api-async --help.\n";
    return 2;
  } catch (const std::exception& problem) {
    std::cerr << "st-api-async: " << problem.what() << "\n";
    return 1;
  }
}
