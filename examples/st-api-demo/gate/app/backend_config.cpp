#include "backend_config.hpp"

#include <algorithm>

#include "backends/rfc2136.hpp"
#include "backends/route53.hpp"
#include "core/subjects.hpp"
#include "net/address.hpp"

namespace st_gate {
namespace {

using st_api::Setting;
using st_api::Settings;
using st_api::UsageError;

[[noreturn]] void refuse(const Settings& settings, const char* name, const std::string& expected) {
  throw UsageError(settings.origin(name) + ": \"" + settings.text(name, "") + "\" is not " + expected);
}

std::string need(const Settings& settings, const char* name, const char* what) {
  if (!settings.has(name))
    throw UsageError(std::string(what) + " is needed: give it by " + settings.origin(name));
  return settings.text(name, "");
}

DnsServer read_server(const Settings& settings) {
  const std::string text = need(settings, "dns_server", "the zone's primary server");
  const char* expected = "a numeric address with or without a port, e.g. 127.0.0.1:53 or [::1]:53";
  std::string host = text;
  std::string port = "53";
  const auto colon = text.rfind(':');
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string::npos) refuse(settings, "dns_server", expected);
    host = text.substr(1, end - 1);
    if (end + 1 < text.size()) port = text[end + 1] == ':' ? text.substr(end + 2) : "";
  } else if (colon != std::string::npos && text.find(':') == colon) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  DnsServer server;
  server.address = canonical_address(host);
  const bool digits =
      !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
  if (server.address.empty() || !digits || std::stol(port) < 1 || std::stol(port) > 65535)
    refuse(settings, "dns_server", expected);
  server.port = static_cast<std::uint16_t>(std::stol(port));
  server.timeout = Millis(settings.number("timeout_ms", server.timeout.count(), 10, 60'000));
  return server;
}

std::string read_secret(const Settings& settings, const char* setting, const char* file_setting) {
  if (settings.has(setting) || !settings.has(file_setting)) return settings.text(setting, "");
  const auto text = st_api::read_whole(settings.text(file_setting, ""));
  if (!text)
    throw UsageError(settings.origin(file_setting) + ": cannot read " + settings.text(file_setting, ""));
  return text->substr(0, text->find_first_of("\r\n"));
}

std::optional<TsigKey> read_key(const Settings& settings) {
  if (!settings.has("tsig_name")) {
    for (const char* lonely : {"tsig_secret", "tsig_secret_file", "tsig_algorithm"}) {
      if (settings.has(lonely))
        throw UsageError(settings.origin(lonely) + " needs the key's name: " + settings.origin("tsig_name"));
    }
    return std::nullopt;
  }
  TsigKey key{read_dns_name(settings, "tsig_name"), settings.text("tsig_algorithm", "hmac-sha256"),
              read_secret(settings, "tsig_secret", "tsig_secret_file")};
  static const std::vector<std::string> algorithms{"hmac-sha1", "hmac-sha256", "hmac-sha384", "hmac-sha512"};
  if (std::find(algorithms.begin(), algorithms.end(), key.algorithm) == algorithms.end())
    refuse(settings, "tsig_algorithm", "hmac-sha256, hmac-sha384, hmac-sha512 or hmac-sha1");
  static const std::string base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
  if (key.secret.empty() || key.secret.size() % 4 != 0 ||
      key.secret.find_first_not_of(base64) != std::string::npos) {
    throw UsageError(
        "the TSIG key's secret is needed in base64, as tsig-keygen and keymgr write it: give it in a file (" +
        settings.origin("tsig_secret_file") + ") or in the environment variable ST_GATE_TSIG_SECRET");
  }
  return key;
}

std::unique_ptr<Backend> make_rfc2136(const Settings& settings) {
  Rfc2136Settings rfc2136;
  rfc2136.server = read_server(settings);
  need(settings, "zone", "the zone");
  rfc2136.zone = read_dns_name(settings, "zone");
  rfc2136.name = read_dns_name(settings, "name");
  if (rfc2136.name != rfc2136.zone && !rfc2136.name.ends_with("." + rfc2136.zone))
    refuse(settings, "name", "in the zone " + rfc2136.zone);
  rfc2136.ttl = settings.number("ttl", rfc2136.ttl, 0, 86'400);
  rfc2136.owner = settings.text("owner", rfc2136.owner);
  rfc2136.key = read_key(settings);
  return std::make_unique<Rfc2136>(std::move(rfc2136));
}

std::unique_ptr<Backend> make_route53(const Settings& settings,
                                      const std::map<std::string, std::string>& environment) {
  const auto variable = [&environment](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? "" : found->second;
  };
  Route53Settings route53;
  route53.endpoint = settings.text("route53_endpoint", route53.endpoint);
  const bool is_url = route53.endpoint.starts_with("https://") || route53.endpoint.starts_with("http://");
  const auto host = route53.endpoint.find("://") + 3;
  if (!is_url || route53.endpoint.size() == host || route53.endpoint.find('/', host) != std::string::npos)
    refuse(settings, "route53_endpoint", "https://HOST");
  route53.region = settings.text("aws_region", route53.region);
  route53.hosted_zone = need(settings, "hosted_zone", "the hosted zone's ID");
  if (!is_subject_name(route53.hosted_zone)) refuse(settings, "hosted_zone", "an ID such as Z0123456789ABC");
  route53.name = read_dns_name(settings, "name");
  route53.ttl = settings.number("ttl", route53.ttl, 0, 86'400);
  route53.owner = settings.text("owner", route53.owner);
  route53.timeout = Millis(settings.number("timeout_ms", route53.timeout.count(), 10, 60'000));
  route53.key = {variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"),
                 variable("AWS_SESSION_TOKEN")};
  if (route53.key.id.empty() || route53.key.secret.empty())
    throw UsageError(
        "Route 53 needs a key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment");
  route53.clock = [] { return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()); };
  return std::make_unique<Route53>(std::move(route53));
}

}  // namespace

const std::vector<Setting>& backend_settings() {
  using Kind = Setting::Kind;
  static const std::vector<Setting> known{{"backend"},
                                          {"name"},
                                          {"ttl"},
                                          {"owner"},
                                          {"timeout_ms"},
                                          {"dns_server"},
                                          {"zone"},
                                          {"tsig_name"},
                                          {"tsig_algorithm"},
                                          {"tsig_secret", Kind::secret},
                                          {"tsig_secret_file"},
                                          {"hosted_zone"},
                                          {"route53_endpoint"},
                                          {"aws_region"}};
  return known;
}

std::string read_dns_name(const Settings& settings, const std::string& setting) {
  std::string name = settings.text(setting, "");
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  if (!name.ends_with('.')) name += '.';
  constexpr std::size_t kLongest = 230;  // so that the mark's name fits, too
  const bool characters =
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == std::string::npos;
  if (!characters || name.size() < 2 || name.size() > kLongest || name.find("..") != std::string::npos ||
      name.front() == '.')
    refuse(settings, setting.c_str(), "a DNS name, e.g. st-api.example.test");
  return name;
}

std::unique_ptr<Backend> make_backend(const Settings& settings,
                                      const std::map<std::string, std::string>& environment) {
  need(settings, "name", "the public name");
  const std::string owner = settings.text("owner", "st-api-gate");
  if (!is_subject_name(owner)) refuse(settings, "owner", "1 to 128 letters, digits, '.', '_' and '-'");
  const std::string backend = settings.text("backend", "rfc2136");
  if (backend == "rfc2136") return make_rfc2136(settings);
  if (backend == "route53") return make_route53(settings, environment);
  refuse(settings, "backend", "rfc2136 or route53");
}

}  // namespace st_gate
