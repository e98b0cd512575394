#include "consul/settings.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <memory>

namespace rediscovery::consul {
namespace {

constexpr std::string_view kDefaultAddress = "127.0.0.1:8500";

// With what the client cannot read, a port that is none or an IPv6 address without brackets, no Consul would
// ever be reached, and that would look like one that is away.
bool is_readable(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  return curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) == CURLUE_OK;
}

void fill(std::string& setting, const Environment& environment, std::string_view variable) {
  if (!setting.empty()) return;
  if (auto value = environment(variable)) setting = std::move(*value);
}

// What Consul's own tools accept as a boolean.
std::optional<bool> boolean(const Environment& environment, std::string_view variable) {
  const auto text = environment(variable);
  if (!text || text->empty()) return std::nullopt;
  if (*text == "1" || *text == "t" || *text == "T" || *text == "true" || *text == "TRUE" || *text == "True")
    return true;
  if (*text == "0" || *text == "f" || *text == "F" || *text == "false" || *text == "FALSE" ||
      *text == "False")
    return false;
  throw SettingsError(std::string(variable) + ": \"" + *text + "\" is neither true nor false");
}

std::string trimmed(std::string_view text) {
  const auto is_space = [](unsigned char c) { return std::isspace(c) != 0; };
  while (!text.empty() && is_space(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && is_space(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return std::string(text);
}

// A token becomes a header line; a control character in it would let it become several.
void require_header_safe(const std::string& token, std::string_view field) {
  const bool safe =
      std::all_of(token.begin(), token.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (!safe)
    throw SettingsError(std::string(field) + ": a token has printable characters only, without spaces");
}

void fill_token(Settings& settings, const Environment& environment) {
  std::string_view field = settings.token_file.empty() ? "consul.token (or token_env)" : "consul.token_file";
  if (settings.token.empty()) {
    // Consul's own client lets the file win.
    const auto file = environment("CONSUL_HTTP_TOKEN_FILE");
    if (file && !file->empty()) {
      settings.token = read_secret_file(*file, "CONSUL_HTTP_TOKEN_FILE");
      settings.token_file = *file;
      field = "CONSUL_HTTP_TOKEN_FILE";
    } else {
      fill(settings.token, environment, "CONSUL_HTTP_TOKEN");
      field = "CONSUL_HTTP_TOKEN";
    }
  }
  require_header_safe(settings.token, field);
}

void fill_http_auth(Settings& settings, const Environment& environment) {
  const bool configured = !settings.http_auth.empty();
  fill(settings.http_auth, environment, "CONSUL_HTTP_AUTH");
  if (settings.http_auth.empty()) return;
  const bool printable = std::all_of(settings.http_auth.begin(), settings.http_auth.end(),
                                     [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
  if (!printable || settings.http_auth.front() == ':') {
    throw SettingsError(
        std::string(configured ? "consul.http_auth (or http_auth_env, http_auth_file)" : "CONSUL_HTTP_AUTH") +
        ": expected user:password, without control characters");
  }
  if (settings.http_auth.find(':') == std::string::npos)
    settings.http_auth += ':';  // a user without password
}

// Consul wants the names of namespaces and partitions to be labels of DNS names.
void require_label(const std::string& text, const std::string& field) {
  constexpr std::size_t kLongest = 63;
  const bool fits = text.size() <= kLongest && std::all_of(text.begin(), text.end(), [](unsigned char c) {
                      return (c < 0x80 && std::isalnum(c) != 0) || c == '-' || c == '_';
                    });
  if (!fits) {
    throw SettingsError(field + ": \"" + text +
                        "\" is not a name; expected 1 to 63 letters, digits, '-' and '_'");
  }
}

}  // namespace

Environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    // The updater never changes its environment, so no thread can be in the way.
    // NOLINTNEXTLINE(concurrency-mt-unsafe)
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

std::string read_secret_file(const std::string& path, std::string_view field) {
  std::ifstream file(path);
  std::string line;
  if (!file) throw SettingsError(std::string(field) + ": cannot read the file " + path);
  std::getline(file, line);
  line = trimmed(line);
  if (line.empty()) throw SettingsError(std::string(field) + ": the first line of " + path + " is empty");
  return line;
}

std::string read_token_file(const std::string& path, std::string_view field) {
  auto token = read_secret_file(path, field);
  require_header_safe(token, field);
  return token;
}

std::string normalize_address(std::string_view address, bool tls, std::string_view field) {
  const std::string name(field);
  std::string text(address);
  if (text.starts_with("unix:")) {
    if (text.starts_with("unix:///") && text.size() > std::string_view("unix:///").size()) return text;
    throw SettingsError(name + ": \"" + text + "\" names no socket; expected unix:///path");
  }
  if (text.find("://") == std::string::npos) text = (tls ? "https://" : "http://") + text;
  const std::size_t start = text.find("://") + 3;
  const std::string scheme = text.substr(0, start - 3);
  if (scheme != "http" && scheme != "https") {
    throw SettingsError(name + ": \"" + text + "\" starts with neither http:// nor https://");
  }
  while (text.size() > start && text.back() == '/') text.pop_back();
  const bool plain =
      std::all_of(text.begin() + static_cast<std::ptrdiff_t>(start), text.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '.' || c == ':' || c == '-' || c == '_' || c == '[' || c == ']';
      });
  if (text.size() == start || !plain || !is_readable(text)) {
    // The text is not repeated here: people put passwords into URLs.
    throw SettingsError(name +
                        ": expected host:port, http://host:port or https://host:port, without a path, or "
                        "unix:///path");
  }
  return text;
}

Settings complete(Settings settings, const Environment& environment) {
  const bool configured = !settings.addresses.empty();
  if (!configured) {
    settings.addresses.push_back(environment("CONSUL_HTTP_ADDR").value_or(""));
    if (settings.addresses.front().empty()) settings.addresses.front() = kDefaultAddress;
  }
  fill(settings.tls.ca_file, environment, "CONSUL_CACERT");
  fill(settings.tls.ca_path, environment, "CONSUL_CAPATH");
  fill(settings.tls.cert_file, environment, "CONSUL_CLIENT_CERT");
  fill(settings.tls.key_file, environment, "CONSUL_CLIENT_KEY");
  fill(settings.tls.server_name, environment, "CONSUL_TLS_SERVER_NAME");
  const auto verify = boolean(environment, "CONSUL_HTTP_SSL_VERIFY");
  if (!settings.tls.verify) settings.tls.verify = verify.value_or(true);
  const bool tls = boolean(environment, "CONSUL_HTTP_SSL").value_or(false);
  for (auto& address : settings.addresses) {
    // Consul's own client, asked for TLS, does not let the scheme in CONSUL_HTTP_ADDR take it back.
    if (!configured && tls && address.starts_with("http://")) address.erase(0, 7);
    address = normalize_address(address, tls, configured ? "consul.addresses" : "CONSUL_HTTP_ADDR");
  }

  fill_token(settings, environment);
  fill_http_auth(settings, environment);
  fill(settings.tenancy.namespace_name, environment, "CONSUL_NAMESPACE");
  fill(settings.tenancy.partition, environment, "CONSUL_PARTITION");
  require_label(settings.tenancy.namespace_name, "consul.namespace (or CONSUL_NAMESPACE)");
  require_label(settings.tenancy.partition, "consul.partition (or CONSUL_PARTITION)");
  if (settings.tls.cert_file.empty() != settings.tls.key_file.empty()) {
    throw SettingsError(
        "consul.tls: a client certificate needs both cert_file and key_file "
        "(or CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY)");
  }
  return settings;
}

}  // namespace rediscovery::consul
