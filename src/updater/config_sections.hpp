// The sections of the configuration that have a file of their own. All of them throw ConfigError.
#pragma once

#include <memory>

#include "updater/config.hpp"
#include "updater/config_fields.hpp"

namespace rediscovery::updater {

// "masters", and what each may have of its own, and "address_map"; with the templates expanded and collisions
// refused.
[[nodiscard]] std::vector<MasterConfig> read_masters(Fields& fields);
// "sentinels", "redis" and "consul". What they leave open comes from `environment` and from defaults.
[[nodiscard]] sentinel::Settings read_sentinels(Fields& fields, const consul::Environment& environment);
[[nodiscard]] RedisSettings read_redis(Fields& fields, const consul::Environment& environment);
[[nodiscard]] consul::Settings read_consul(Fields& fields, const consul::Environment& environment);
// "http"; nullopt if it is absent.
[[nodiscard]] std::optional<core::Endpoint> read_http(Fields& fields);
// What "consul" says of DNS; the rest of it is known already.
[[nodiscard]] DnsSettings read_dns(Fields& fields, const consul::Settings& consul);
// The field "tls" of `section`: false or absent: nullptr; true, or an object of what differs from the
// defaults. The files are read here, so what cannot be used is known before anything starts.
[[nodiscard]] std::shared_ptr<const redis::TlsContext> read_tls(Fields& section);

}  // namespace rediscovery::updater
