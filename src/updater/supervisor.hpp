// The daemon's process: starts it, replaces it when the configuration is read again, ends it.
#pragma once

#include <functional>
#include <list>
#include <memory>

#include "updater/config_file.hpp"
#include "updater/daemon.hpp"
#include "updater/event_fd.hpp"
#include "updater/http_server.hpp"
#include "updater/log.hpp"
#include "updater/service_manager.hpp"
#include "updater/vitals.hpp"
#include "updater/watchdog.hpp"

namespace rediscovery::updater {

// SIGHUP reads the configuration again. If it is good, a second daemon is started beside the first, which
// goes on until the second listens to everybody, and as long as it follows a failover whose beginning the
// second has missed. Several at once are safe: the fence decides, as between hosts. So no moment is missed.
//
// One thread.
class Supervisor {
 public:
  // Throws ConfigError.
  using Load = std::function<ConfigFile()>;

  // `log` and `manager` must outlive this. REQUIRES: hold_signals() was called.
  Supervisor(Load load, Log& log, ServiceManager& manager);

  // Returns after SIGTERM or SIGINT, with the signal's number.
  int run();

 private:
  struct Running {
    ConfigFile file;
    core::TimePoint started;
    std::unique_ptr<Daemon> daemon;
  };

  [[nodiscard]] std::unique_ptr<Running> start(ConfigFile file);
  void reload();
  // Throws, and leaves everything as it is, if the address cannot be used.
  void serve(const std::optional<core::Endpoint>& before, const std::optional<core::Endpoint>& address);
  void look_after();
  [[nodiscard]] bool has_taken_over(core::TimePoint now) const;
  // Until a signal, a change or a deadline.
  void wait(int signals) const;
  [[nodiscard]] std::string status() const;

  Load load_;
  Log& log_;
  ServiceManager& manager_;
  Vitals vitals_;
  Board board_;
  Watchdog watchdog_;
  EventFd changed_;
  std::optional<std::string> stalled_;  // what was logged
  unsigned starts_ = 0;                 // of daemons
  bool announced_ = false;              // that the current one is ready
  std::string status_;                  // what the service manager was told
  std::unique_ptr<HttpServer> http_;
  std::unique_ptr<Running> current_;
  std::list<std::unique_ptr<Running>> retiring_;  // what it has replaced
};

}  // namespace rediscovery::updater
