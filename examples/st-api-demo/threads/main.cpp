// st-api: issues signed playback URLs, with Redis as its memory. A Pool, and a thread for each request. See
// `st-api --help`.
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <future>
#include <iostream>
#include <optional>

#include "common/config.hpp"
#include "common/event_log.hpp"
#include "common/log.hpp"
#include "common/playback.hpp"
#include "http_server.hpp"
#include "registration.hpp"
#include "service.hpp"

namespace {

using st_api::Level;

// Blocked in all threads, so that the main thread can wait for them like for anything else.
sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

// Until the time is over or another signal comes.
void wait_for_signal(const sigset_t& signals, std::chrono::milliseconds span) {
  timespec time{};
  time.tv_sec = span.count() / 1000;
  time.tv_nsec = span.count() % 1000 * 1'000'000;
  sigtimedwait(&signals, nullptr, &time);
}

// The requests under way are answered. Beyond the limit, Redis is taken from them, so that they fail at once;
// a client that does not let go even then is not waited for.
void drain(st_api::HttpServer& server, std::future<void>& served, rediscovery::Pool& pool,
           const st_api::Config& config) {
  server.stop();
  if (served.wait_for(config.drain_limit) == std::future_status::ready) return;
  st_api::log(Level::warning, "requests are still under way at the drain limit");
  pool.close();
  constexpr std::chrono::seconds kLast{1};
  if (served.wait_for(kLast) == std::future_status::ready) return;
  st_api::log(Level::error, "clients hold connections; ending without them");
  std::_Exit(EXIT_FAILURE);
}

void serve(const st_api::Config& config, const sigset_t& stop_signals) {
  // In this order, so that they go in the opposite one: the pool before the log that its events go to.
  std::optional<st_api::EventLog> events;
  rediscovery::Options options = config.redis;
  if (!config.event_file.empty()) {
    events.emplace(config.event_file);
    options.on_event = [&events](const rediscovery::Event& event) { events->add(event); };
  }
  rediscovery::Pool pool(options);
  const st_api::Playback playback(config.catalog, config.playback);
  st_api::Service service(pool, playback, config);
  st_api::HttpServer server(config, pool, playback, service);

  const int port = server.bind();
  auto served = std::async(std::launch::async, [&server] { server.serve(); });
  server.wait_until_serving();
  st_api::log(Level::info, "listening",
              {{"address", config.host}, {"port", port}, {"redis", options.master}});
  std::optional<st_api::Registration> registration;
  if (config.registration) registration.emplace(config, port);

  int signal = 0;
  sigwait(&stop_signals, &signal);
  st_api::log(Level::info, "stopping", {{"signal", signal}});
  server.start_draining();
  registration.reset();
  wait_for_signal(stop_signals, config.drain_grace);
  drain(server, served, pool, config);
  pool.close();
  st_api::log(Level::info, "stopped", st_api::Json::parse(pool.stats().to_json()));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto config = st_api::read_config({argv + 1, argv + argc}, st_api::process_environment());
    if (config.help) {
      std::cout << st_api::help_text();
      return 0;
    }
    st_api::set_log_level(config.log_level);
    serve(config, block_stop_signals());
    return 0;
  } catch (const st_api::UsageError& problem) {
    std::cerr << "st-api: " << problem.what() << "\nTry st-api --help.\n";
    return 2;
  } catch (const std::exception& problem) {
    std::cerr << "st-api: " << problem.what() << "\n";
    return 1;
  }
}
