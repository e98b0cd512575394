// The part of config_sections.hpp about the HTTP port of the daemon itself.
#include "updater/config_sections.hpp"

namespace rediscovery::updater {
namespace {

bool is_loopback(const core::Endpoint& endpoint) {
  return endpoint.address == "::1" || endpoint.address.starts_with("127.");
}

}  // namespace

std::optional<core::Endpoint> read_http(Fields& fields) {
  std::optional<core::Endpoint> address;
  fields.object("http", [&](Fields& http) {
    const auto text = http.text("address").value_or("");
    address = core::parse_endpoint(text);
    if (!address || !is_loopback(*address)) {
      throw ConfigError(
          "http.address: \"" + text +
          "\" is not a numeric loopback address with a port, e.g. 127.0.0.1:9121 or [::1]:9121; "
          "whoever is to read it from elsewhere needs a proxy with access control");
    }
  });
  return address;
}

}  // namespace rediscovery::updater
