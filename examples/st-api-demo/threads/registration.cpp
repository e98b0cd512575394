#include "registration.hpp"

#include <httplib.h>

#include <algorithm>

#include "common/log.hpp"

namespace st_api {
namespace {

constexpr std::chrono::milliseconds kPatience{2000};

httplib::Client connect(const RegistrationConfig& config) {
  httplib::Client client(config.consul);
  client.set_connection_timeout(kPatience);
  client.set_read_timeout(kPatience);
  client.set_write_timeout(kPatience);
  if (!config.token.empty()) client.set_default_headers({{"X-Consul-Token", config.token}});
  return client;
}

RegistrationConfig with_id(RegistrationConfig config, int port) {
  config.id = registration_id(config, port);
  return config;
}

std::string in_milliseconds(std::chrono::milliseconds span) { return std::to_string(span.count()) + "ms"; }

}  // namespace

std::string service_definition(const RegistrationConfig& registration, int port,
                               std::chrono::milliseconds check_timeout) {
  const bool has_colons = registration.address.find(':') != std::string::npos;
  const std::string host = has_colons ? "[" + registration.address + "]" : registration.address;
  return to_text({{"ID", registration.id},
                  {"Name", registration.name},
                  {"Address", registration.address},
                  {"Port", port},
                  {"Check",
                   {{"Name", "st-api: Redis is writable, a replica readable"},
                    {"HTTP", "http://" + host + ":" + std::to_string(port) + "/status"},
                    {"Interval", in_milliseconds(registration.interval)},
                    {"Timeout", in_milliseconds(check_timeout)},
                    // For one that was killed and does not come back.
                    {"DeregisterCriticalServiceAfter", "1h"}}}});
}

Registration::Registration(const Config& config, int port) : config_(with_id(*config.registration, port)) {
  // /status asks twice at most, and answers critical by itself: Consul's own time-out would be the worse
  // reason.
  definition_ = service_definition(config_, port, 2 * config.status_deadline + std::chrono::seconds(1));
  thread_ = std::thread([this] { run(); });
}

Registration::~Registration() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
  thread_.join();
  put("/v1/agent/service/deregister/" + config_.id, "", "deregistration");
}

void Registration::run() {
  constexpr std::chrono::milliseconds kShortest{500};
  constexpr std::chrono::milliseconds kLongest{30'000};
  auto backoff = kShortest;
  while (true) {
    if (!put("/v1/agent/service/register", definition_, "registration")) {
      if (!pause(backoff)) return;
      backoff = std::min(2 * backoff, kLongest);
      continue;
    }
    backoff = kShortest;
    do {
      if (!pause(config_.interval)) return;  // as often as Consul looks at us
    } while (!is_forgotten());
    log(Level::warning, "Consul's agent has forgotten the service");
  }
}

bool Registration::put(const std::string& path, const std::string& body, const char* what) const {
  auto client = connect(config_);
  const auto result = client.Put(path, body, "application/json");
  if (result && result->status == 200) {
    log(Level::info, std::string(what) + " in Consul", {{"id", config_.id}});
    return true;
  }
  // Not what Consul says: a proxy in between might quote the token.
  log(Level::warning, std::string(what) + " in Consul failed",
      {{"agent", config_.consul},
       {"reason",
        result ? "HTTP status " + std::to_string(result->status) : httplib::to_string(result.error())}});
  return false;
}

bool Registration::is_forgotten() const {
  auto client = connect(config_);
  const auto result = client.Get("/v1/agent/service/" + config_.id);
  return result && result->status == 404;
}

bool Registration::pause(std::chrono::milliseconds span) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, span, [this] { return ended_; });
}

}  // namespace st_api
