// Listens to one Sentinel's events for as long as the process runs.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/endpoint.hpp"
#include "core/rng.hpp"
#include "core/time.hpp"
#include "sentinel/settings.hpp"

namespace rediscovery::sentinel {

// Connects, subscribes to trigger_types() and failover_types(), and reports; when the connection is lost or
// silent it starts again, with backoff. run() is the whole life: it returns when `stop_fd` becomes readable.
// One thread.
class Subscription {
 public:
  struct Handlers {
    // Now subscribed: whatever happened before was missed, so the state must be read.
    std::function<void()> subscribed;
    // An event came. Only a trigger: what it says may be outdated already.
    std::function<void(const std::string& type, const std::string& description)> event;
    // The connection is lost or cannot be made; called once for each outage.
    std::function<void(const std::string& why)> lost;
  };

  // Handlers are called on the thread of run().
  Subscription(core::Endpoint sentinel, const Settings& settings, Handlers handlers, std::uint64_t seed);

  void run(int stop_fd);

 private:
  // One connection's life. Returns why it ended; empty if because of `stop_fd`.
  [[nodiscard]] std::string listen(int stop_fd);

  core::Endpoint sentinel_;
  Credentials credentials_;
  std::shared_ptr<const redis::TlsContext> tls_;
  Handlers handlers_;
  core::Rng rng_;
  bool was_subscribed_ = false;
};

}  // namespace rediscovery::sentinel
