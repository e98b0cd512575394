// Tells the service manager (systemd) how the daemon fares.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "consul/settings.hpp"

namespace rediscovery::updater {

// The protocol of sd_notify(3): datagrams of NAME=value lines to the socket in NOTIFY_SOCKET. Without that
// variable, or when nobody takes the datagram, nothing happens: the daemon does not depend on being watched.
class ServiceManager {
 public:
  // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID; `pid` is this process'.
  ServiceManager(const consul::Environment& environment, long pid);
  ~ServiceManager();
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  // How long it waits for a sign of life; nullopt: it does not wait for any.
  [[nodiscard]] std::optional<std::chrono::microseconds> watchdog() const { return watchdog_; }

  void ready(std::string_view status);
  void status(std::string_view status);
  void reloading();
  void stopping();
  void alive();

 private:
  void send(std::string_view message) const;

  std::string socket_;  // a path, or "@name" in the abstract name space; empty: nobody listens
  std::optional<std::chrono::microseconds> watchdog_;
  int fd_ = -1;
};

}  // namespace rediscovery::updater
