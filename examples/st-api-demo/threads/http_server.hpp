// HTTP in front of the service, with a thread for each connection.
#pragma once

#include <httplib.h>

#include <atomic>

#include <rediscovery/pool.hpp>

#include "common/calls.hpp"
#include "common/exchange.hpp"
#include "common/metrics.hpp"
#include "service.hpp"

namespace st_api {

// An httplib::Server that can be told to keep more than five connections waiting to be accepted.
class Listener : public httplib::Server {
 public:
  // Binds and returns the port; 0: it cannot.
  int bind(const std::string& host, int port);
};

class HttpServer {
 public:
  // The references must outlive this.
  HttpServer(const Config& config, rediscovery::Pool& pool, const Playback& playback, Service& service);

  // Throws std::runtime_error when the address cannot be had. Returns the port.
  int bind();
  // Serves until stop(); what is under way then is answered first.
  void serve() { listener_.listen_after_bind(); }
  // Returns when serve() has got so far that stop() ends it.
  void wait_until_serving() const;
  // From now on /status is 503, and each answer asks to connect elsewhere.
  void start_draining();
  void stop() { listener_.stop(); }

 private:
  void handle(const httplib::Request& from, httplib::Response& to);
  [[nodiscard]] Answer answer(const Request& request, Exchange& exchange);

  const Config& config_;
  rediscovery::Pool& pool_;
  const Playback& playback_;
  Service& service_;
  Metrics metrics_;
  std::atomic<bool> draining_ = false;
  Listener listener_;
};

}  // namespace st_api
