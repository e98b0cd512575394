// The service in Consul: with the local agent, by its HTTP API.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "common/config.hpp"

namespace st_api {

// Registers from a thread of its own, again and again until it works, and once more when the agent has
// forgotten: the service serves whether Consul is there or not.
class Registration {
 public:
  // `port`: where the service listens.
  Registration(const Config& config, int port);
  // Deregisters; takes a few seconds at most when Consul does not answer.
  ~Registration();
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

 private:
  void run();
  // False, and a line in the log: it did not work.
  bool put(const std::string& path, const std::string& body, const char* what) const;
  [[nodiscard]] bool is_forgotten() const;
  // False: it is time to end.
  bool pause(std::chrono::milliseconds span);

  RegistrationConfig config_;
  std::string definition_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;  // guarded by mutex_
  std::thread thread_;
};

// The body of PUT /v1/agent/service/register: the service with its HTTP check.
[[nodiscard]] std::string service_definition(const RegistrationConfig& registration, int port,
                                             std::chrono::milliseconds check_timeout);

}  // namespace st_api
