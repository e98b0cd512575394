#pragma once

#include <chrono>

#include "support/dns_message.hpp"

namespace rediscovery::testing {

/// Asks one server once over UDP (with EDNS), and over TCP when the answer is truncated; does not depend on
/// the resolver under test. Throws TimeoutError when no answer comes in time.
DnsMessage dns_query(const std::string& server_ip, std::uint16_t server_port, const std::string& name,
                     DnsType type, std::chrono::milliseconds timeout = std::chrono::milliseconds(1000));

/// The same over TCP only.
DnsMessage dns_query_tcp(const std::string& server_ip, std::uint16_t server_port, const std::string& name,
                         DnsType type, std::chrono::milliseconds timeout = std::chrono::milliseconds(1000));

}  // namespace rediscovery::testing
