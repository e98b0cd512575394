// The part of config_sections.hpp about TLS to Sentinel and to Redis.
#include <nlohmann/json.hpp>

#include "updater/config_sections.hpp"

namespace rediscovery::updater {
namespace {

redis::TlsSettings read_settings(Fields& tls) {
  redis::TlsSettings settings;
  settings.ca_file = tls.text("ca_file").value_or("");
  settings.cert_file = tls.text("cert_file").value_or("");
  settings.key_file = tls.text("key_file").value_or("");
  settings.server_name = tls.text("server_name").value_or("");
  settings.verify = tls.boolean("verify").value_or(true);
  if (settings.cert_file.empty() != settings.key_file.empty()) {
    const char* missing = settings.cert_file.empty() ? "cert_file" : "key_file";
    throw ConfigError(tls.path_of(missing) + ": a certificate needs its key; give both or neither");
  }
  return settings;
}

}  // namespace

std::shared_ptr<const redis::TlsContext> read_tls(Fields& section) {
  const auto* value = section.any("tls");
  if (value == nullptr) return nullptr;
  const std::string path = section.path_of("tls");
  redis::TlsSettings settings;
  if (value->is_object()) {
    section.object("tls", [&settings](Fields& tls) { settings = read_settings(tls); });
  } else if (!value->is_boolean()) {
    throw ConfigError(path +
                      ": expected true, false or an object, e.g. {\"ca_file\": \"/etc/ssl/redis-ca.pem\"}");
  } else if (!value->get<bool>()) {
    return nullptr;
  }
  settings.option_prefix = path + ".";
  try {
    return std::make_shared<redis::TlsContext>(std::move(settings));
  } catch (const redis::TlsSettingsError& error) {
    throw ConfigError(path + "." + error.setting() + ": " + error.what());
  }
}

}  // namespace rediscovery::updater
