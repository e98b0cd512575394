// st-api: issues signed playback URLs, with Redis as its memory. See http_api.hpp and `st-api --help`.
#include <csignal>
#include <exception>
#include <iostream>
#include <optional>
#include <thread>

#include "config.hpp"
#include "event_log.hpp"
#include "http_api.hpp"
#include "log.hpp"
#include "playback.hpp"
#include "session_store.hpp"

namespace {

// Blocked in all threads, so that the main thread can wait for them like for anything else.
sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
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
  st_api::SessionStore store(pool, config.session_lifetime);
  st_api::Playback playback(store, {config.deadline, config.url_base, config.secret, config.url_lifetime});
  st_api::HttpApi api(config, pool, store, playback);

  const int port = api.bind();
  std::thread server([&api] { api.serve(); });
  api.wait_until_serving();
  st_api::log("info", "listening", {{"address", config.host}, {"port", port}, {"redis", options.master}});

  int signal = 0;
  sigwait(&stop_signals, &signal);
  st_api::log("info", "stopping", {{"signal", signal}});
  api.stop();
  server.join();
  pool.close();
  st_api::log("info", "stopped", st_api::Json::parse(pool.stats().to_json()));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto config = st_api::parse_command_line({argv + 1, argv + argc});
    if (config.help) {
      std::cout << st_api::help_text();
      return 0;
    }
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
