// The fields of Options by name: one list for validation, JSON and URL.
#pragma once

#include <array>
#include <limits>

#include <nlohmann/json_fwd.hpp>

#include <rediscovery/options.hpp>

namespace rediscovery::options_fields {

struct Text {
  std::string_view name;
  std::string Options::*member;
};
struct Flag {
  std::string_view name;
  bool Options::*member;
};
struct TextList {
  std::string_view name;
  std::vector<std::string> Options::*member;
};
struct Duration {
  std::string_view name;  // in JSON with the suffix _ms
  Options::Milliseconds Options::*member;
  std::int64_t least;
  std::int64_t most;
  bool or_zero = false;  // 0 means "never"
};
struct Count {
  std::string_view name;
  std::size_t Options::*member;
  std::size_t least;
  std::size_t most;
};

inline constexpr std::int64_t kHour = 3'600'000;
inline constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max();
inline constexpr std::int64_t kYear = 365 * 24 * kHour;

inline constexpr auto kTexts = std::to_array<Text>({
    {"master", &Options::master},
    {"replicas", &Options::replicas},
    {"username", &Options::username},
    {"password", &Options::password},
    {"password_env", &Options::password_env},
    {"password_file", &Options::password_file},
    {"client_name", &Options::client_name},
    {"consul_token", &Options::consul_token},
    {"consul_ca_file", &Options::consul_ca_file},
    {"consul_cert_file", &Options::consul_cert_file},
    {"consul_key_file", &Options::consul_key_file},
    {"tls_ca_file", &Options::tls_ca_file},
    {"tls_cert_file", &Options::tls_cert_file},
    {"tls_key_file", &Options::tls_key_file},
    {"tls_server_name", &Options::tls_server_name},
});
inline constexpr auto kFlags = std::to_array<Flag>({
    {"tls", &Options::tls},
    {"tls_verify", &Options::tls_verify},
    {"replica_fallback", &Options::replica_fallback},
});
inline constexpr auto kTextLists = std::to_array<TextList>({
    {"dns_servers", &Options::dns_servers},
    {"consul_http", &Options::consul_http},
    {"allowed_networks", &Options::allowed_networks},
});
inline constexpr auto kDurations = std::to_array<Duration>({
    {"dns_timeout", &Options::dns_timeout, 10, 10'000},
    {"refresh_floor", &Options::refresh_floor, 10, kHour},
    {"refresh_ceiling", &Options::refresh_ceiling, 10, kHour},
    {"connect_timeout", &Options::connect_timeout, 1, 60'000},
    {"silence_timeout", &Options::silence_timeout, 10, kHour},
    {"idle_check_interval", &Options::idle_check_interval, 100, kHour},
    {"max_idle_time", &Options::max_idle_time, 100, kYear, true},
    {"max_lifetime", &Options::max_lifetime, 100, kYear, true},
});
inline constexpr auto kCounts = std::to_array<Count>({
    {"min_idle", &Options::min_idle, 0, 10'000},
    {"max_connections", &Options::max_connections, 1, 10'000},
    {"max_waiters", &Options::max_waiters, 0, 10'000'000},
    {"max_connecting", &Options::max_connecting, 1, 1'000},
    {"pipelines", &Options::pipelines, 1, 64},
    {"max_in_flight", &Options::max_in_flight, 1, 1'000'000},
    {"max_queued_bytes", &Options::max_queued_bytes, 1'024, kMost},
    {"max_replica_lag", &Options::max_replica_lag, 0, kMost},
});

// What from_json() does with a document that was parsed, and from_url() with the one it has put together.
[[nodiscard]] Options read(const nlohmann::json& document);

}  // namespace rediscovery::options_fields
