// Where Consul is and how to speak to it; what the configuration leaves open comes from Consul's own
// environment variables.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace rediscovery::consul {

struct TlsSettings {
  std::string ca_file;
  std::string ca_path;
  std::string cert_file;
  std::string key_file;
  std::string server_name;     // expected in the certificate instead of the address's host
  std::optional<bool> verify;  // unset: yes
};

// Which part of a Consul Enterprise is meant. Empty: what the token belongs to, else "default".
struct Tenancy {
  std::string namespace_name;
  std::string partition;
  friend bool operator==(const Tenancy&, const Tenancy&) = default;
};

struct Settings {
  // "http://host:port", "https://host:port" or "unix:///path"; tried in turn
  std::vector<std::string> addresses;
  std::string token;       // empty: Consul's anonymous token
  std::string token_file;  // where it came from: read again when Consul refuses it; empty: from no file
  std::string http_auth;   // "user:password", for a proxy before Consul that asks for it; empty: none
  std::string datacenter;  // empty: the agent's own
  Tenancy tenancy;
  TlsSettings tls;
  std::chrono::milliseconds connect_timeout{500};
  std::chrono::milliseconds request_timeout{2000};
};

// A setting that cannot work. The message names the field or variable, and the remedy.
class SettingsError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Looks a variable up; nullopt if it is not set. A parameter so that tests need no process environment.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;
[[nodiscard]] Environment process_environment();

// Fills what is unset in `settings` from the variables that Consul's own client reads: CONSUL_HTTP_ADDR,
// CONSUL_HTTP_TOKEN, CONSUL_HTTP_TOKEN_FILE, CONSUL_HTTP_AUTH, CONSUL_NAMESPACE, CONSUL_PARTITION,
// CONSUL_CACERT, CONSUL_CAPATH, CONSUL_CLIENT_CERT, CONSUL_CLIENT_KEY, CONSUL_TLS_SERVER_NAME,
// CONSUL_HTTP_SSL and CONSUL_HTTP_SSL_VERIFY; then with defaults, and brings addresses into URL form. Throws
// SettingsError.
[[nodiscard]] Settings complete(Settings settings, const Environment& environment);

// "10.0.0.1:8500" → "http://10.0.0.1:8500" (https if `tls`); "unix:///path" stays. `field` is named in the
// SettingsError.
[[nodiscard]] std::string normalize_address(std::string_view address, bool tls, std::string_view field);

// The first line of a file that holds a secret, without white space around it. Throws SettingsError.
[[nodiscard]] std::string read_secret_file(const std::string& path, std::string_view field);
// The same, for what becomes a header line.
[[nodiscard]] std::string read_token_file(const std::string& path, std::string_view field);

}  // namespace rediscovery::consul
