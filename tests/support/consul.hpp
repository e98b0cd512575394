#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "support/certificates.hpp"
#include "support/dns_message.hpp"
#include "support/server.hpp"

namespace rediscovery::testing {

struct ConsulOptions {
  std::string token;  // sent with every request of get/put/…
  /// Keeps its data over a restart. Without it Consul elects its leader at once, with it after 1–2 s.
  bool persistent = false;
  /// The HTTP API is on this path, too.
  std::string unix_socket;
  /// HTTPS on port 8501, besides HTTP, with this certificate.
  std::optional<TlsFiles> tls;
  /// Over HTTPS only clients that show a certificate of the same authority.
  bool demand_client_certificate = false;
  nlohmann::json config = nlohmann::json::object();  // merged over the configuration, e.g. ACLs
};

struct HttpReply {
  int status = 0;
  std::string body;
  std::uint64_t index = 0;  // X-Consul-Index
};

/// A Consul server with its HTTP API on port 8500 and its DNS on port 8600.
class Consul : public Server {
 public:
  static constexpr std::uint16_t kHttpPort = 8500;
  static constexpr std::uint16_t kHttpsPort = 8501;
  static constexpr std::uint16_t kDnsPort = 8600;

  Consul(Keeper& keeper, std::string name, std::string ip, ConsulOptions options);

  [[nodiscard]] std::string http_address() const { return endpoint(); }
  [[nodiscard]] std::string https_address() const { return ip() + ":" + std::to_string(kHttpsPort); }
  [[nodiscard]] std::string dns_address() const { return ip() + ":" + std::to_string(kDnsPort); }

  /// Any request; status 0 when Consul does not answer.
  [[nodiscard]] HttpReply request(const std::string& method, const std::string& path,
                                  const std::string& body = {},
                                  std::chrono::milliseconds timeout = std::chrono::seconds(5)) const;
  /// The JSON of a 200; throws std::runtime_error for any other status, with what Consul said.
  [[nodiscard]] nlohmann::json get(const std::string& path) const;
  nlohmann::json put(const std::string& path, const nlohmann::json& body) const;
  /// PUT /v1/txn
  nlohmann::json txn(const nlohmann::json& operations) const;
  void kv_put(const std::string& key, const std::string& value) const;
  [[nodiscard]] std::optional<std::string> kv_get(const std::string& key) const;

  /// What Consul's DNS answers now.
  [[nodiscard]] DnsMessage resolve(const std::string& name, DnsType type) const;

  /// It has a leader, has registered itself, and its DNS answers.
  [[nodiscard]] bool ready() override;

 protected:
  [[nodiscard]] Program program() const override;

 private:
  void write_config() const;
  ConsulOptions options_;
  mutable bool launched_ = false;
};

}  // namespace rediscovery::testing
