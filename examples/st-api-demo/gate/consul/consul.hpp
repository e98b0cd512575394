// What the gate asks of Consul's HTTP API.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/world.hpp"
#include "net/http.hpp"

namespace st_gate {

struct ConsulSettings {
  std::string url = "http://127.0.0.1:8500";
  std::string token;       // ACL token
  std::string token_file;  // or a file with it, read for every request: tokens are rotated
  std::string ca_file;
  Millis timeout{5'000};
};

// No answer, or none that can be used. The message says what to do about it, and has no token in it.
class ConsulError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct HealthReading {
  std::vector<Instance> instances;
  std::uint64_t index = 0;
  bool known_leader = true;
};

struct KvEntry {
  std::string value;
  std::uint64_t index = 0;  // for kv_cas
};

// For one thread at a time, but for cancel().
class ConsulClient {
 public:
  explicit ConsulClient(ConsulSettings settings);

  // All instances with their health, as the leader has it.
  [[nodiscard]] HealthReading health(const std::string& service);
  // Waits until what is at `path` ("/v1/health/service/NAME") may have changed since `index`, or for `wait`;
  // the new index.
  [[nodiscard]] std::uint64_t wait_for_change(const std::string& path, std::uint64_t index,
                                              std::chrono::seconds wait);
  [[nodiscard]] std::optional<KvEntry> kv_get(const std::string& key);
  [[nodiscard]] std::map<std::string, KvEntry> kv_list(const std::string& prefix);
  // Only if it has not changed since `index`; 0: only if there is none. False: it has.
  [[nodiscard]] bool kv_cas(const std::string& key, const std::string& value, std::uint64_t index);

  void cancel() { http_.cancel(); }

 private:
  HttpAnswer ask(const std::string& method, const std::string& path, const std::string& body, Millis timeout);

  ConsulSettings settings_;
  Http http_;
};

// The instances of an answer of /v1/health/service; throws ConsulError.
[[nodiscard]] std::vector<Instance> parse_health(const std::string& body);
// The next index to wait for: one that goes backwards, because Consul has lost its data, begins anew.
[[nodiscard]] std::uint64_t next_index(std::uint64_t before, std::uint64_t now);

}  // namespace st_gate
