// The daemon's state over HTTP, for Prometheus and for people; on loopback only.
#pragma once

#include <memory>
#include <stdexcept>

#include "updater/board.hpp"
#include "updater/vitals.hpp"

namespace rediscovery::updater {

// GET /metrics, /state and /healthz. One thread, which answers one request after the other: nobody can keep
// the daemon busy, or take its descriptors, by asking.
class HttpServer {
 public:
  // What it shows must outlive it. Throws std::runtime_error naming http.address if that cannot be used.
  HttpServer(const core::Endpoint& address, const Board& board, const Vitals& vitals);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

 private:
  struct Impl;  // so that the HTTP library's headers stay in one file
  std::unique_ptr<Impl> impl_;
};

}  // namespace rediscovery::updater
