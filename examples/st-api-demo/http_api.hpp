// HTTP in front of the service: requests to calls, results to status codes and JSON.
#pragma once

#include <httplib.h>

#include <rediscovery/pool.hpp>

#include "config.hpp"
#include "playback.hpp"

namespace st_api {

// An httplib::Server that can be told to keep more than five connections waiting to be accepted.
class HttpServer : public httplib::Server {
 public:
  // Binds and returns the port; 0: it cannot.
  int bind(const std::string& host, int port);
};

class HttpApi {
 public:
  // The references must outlive this.
  HttpApi(const Config& config, rediscovery::Pool& pool, SessionStore& store, Playback& playback);

  // Throws std::runtime_error when the address cannot be had. Returns the port.
  int bind();
  // Serves until stop(); what is under way then is answered first.
  void serve() { server_.listen_after_bind(); }
  // Returns when serve() has got so far that stop() ends it.
  void wait_until_serving() const;
  void stop() { server_.stop(); }

 private:
  void get_playback(const httplib::Request& request, httplib::Response& response);
  void get_status(const httplib::Request& request, httplib::Response& response);

  const Config& config_;
  rediscovery::Pool& pool_;
  SessionStore& store_;
  Playback& playback_;
  HttpServer server_;
};

}  // namespace st_api
