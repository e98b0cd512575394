// Tells within milliseconds that a service has changed: Consul's blocking queries on an event loop.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <uv.h>

#include "consul/async_http.hpp"
#include "consul/settings.hpp"
#include "core/endpoint.hpp"
#include "core/watch_fsm.hpp"

namespace rediscovery::consul {

// What to watch: the instances of a service that are not critical, as DNS would show them.
struct WatchedService {
  std::string name;
  std::string tag;         // empty: any
  std::string datacenter;  // empty: the agent's own
};

// Reads "[tag.]name.service[.datacenter].domain", with a domain of one label. An empty name if the DNS name
// is none of Consul's, or of another form. Source:
// https://developer.hashicorp.com/consul/docs/services/discovery/dns-static-lookups
[[nodiscard]] WatchedService service_of_dns_name(std::string_view name);

// Keeps one blocking query open; several addresses are used in turn, the next one whenever one fails. Loop
// thread only.
class ServiceWatch {
 public:
  struct Handlers {
    std::function<void(std::vector<core::Endpoint>)> changed;  // may be empty: there is none
    std::function<void(std::string problem)> lost;             // once per outage; asking goes on
  };

  // REQUIRES: settings that complete() has filled. Handlers are never called from inside a function of this
  // class, and never after destruction.
  ServiceWatch(uv_loop_t* loop, Settings settings, WatchedService service, std::uint64_t seed,
               Handlers handlers);
  ~ServiceWatch();
  ServiceWatch(const ServiceWatch&) = delete;
  ServiceWatch& operator=(const ServiceWatch&) = delete;

 private:
  void on(const core::WatchFsm::Event& event);
  void answered(const Outcome<HttpAnswer>& answer);
  void use_next_address();
  void ask(const core::WatchFsm::Ask& question);
  [[nodiscard]] std::string target(const core::WatchFsm::Ask& question) const;
  void arm();

  uv_loop_t* loop_;
  Settings settings_;
  WatchedService service_;
  Handlers handlers_;
  core::Rng rng_;
  core::WatchFsm fsm_;
  std::size_t address_ = 0;  // the one in use
  uv_timer_t* timer_;        // freed by libuv's close callback
  AsyncHttp http_;
};

}  // namespace rediscovery::consul
