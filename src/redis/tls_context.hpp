// What all TLS connections to one Redis have in common: whom we trust, who we are, whom we expect.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "core/endpoint.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace rediscovery::redis {

struct TlsSettings {
  bool verify = true;       // false: anybody's certificate will do
  std::string ca_file;      // PEM; empty: the authorities that the system trusts
  std::string cert_file;    // PEM, our certificate with its chain; empty: none is shown
  std::string key_file;     // PEM, its key, without a passphrase
  std::string server_name;  // a DNS name or address that every server must prove; empty: each its own
  // Expected of a server whose address came without a name, from a replica that told us its master; empty:
  // the address itself.
  std::string name_of_unnamed;
  // What the names of these settings begin with where people write them; for errors.
  std::string option_prefix = "tls_";
};

// A file that cannot be used: `setting` is its name in TlsSettings, what() names the file and the problem.
class TlsSettingsError : public std::runtime_error {
 public:
  TlsSettingsError(std::string setting, const std::string& problem)
      : std::runtime_error(problem), setting_(std::move(setting)) {}
  [[nodiscard]] const std::string& setting() const noexcept { return setting_; }

 private:
  std::string setting_;
};

// Whom the certificate at this endpoint must name: a DNS name without the final dot, or a numeric address.
[[nodiscard]] std::string expected_peer(const TlsSettings& settings, const core::Endpoint& endpoint);

// Immutable: any number of threads and connections may use it at once.
class TlsContext {
 public:
  // Reads the files. Throws TlsSettingsError for one that cannot be used.
  explicit TlsContext(TlsSettings settings);

  // A client's session that expects expected_peer(), not yet on any socket; nullptr: out of memory.
  [[nodiscard]] std::unique_ptr<ssl_st, void (*)(ssl_st*)> new_session(const core::Endpoint& endpoint) const;
  [[nodiscard]] const TlsSettings& settings() const { return settings_; }

 private:
  void trust();
  void identify();

  TlsSettings settings_;
  std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)> context_;
};

}  // namespace rediscovery::redis
