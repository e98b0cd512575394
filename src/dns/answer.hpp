// What DNS answered, as endpoints.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <ares.h>

#include "core/endpoint.hpp"
#include "core/time.hpp"

namespace rediscovery::dns {

// A service's place according to SRV (RFC 2782): the target still has to become an address.
struct ServiceTarget {
  std::string target;
  std::uint16_t port = 0;
  core::Duration ttl{};
  std::vector<std::string> addresses;  // from the additional section, or decoded from the target itself
};

struct AddressRecord {
  std::string address;
  core::Duration ttl{};
};

// The SRV records in the answer section with the addresses that came along. Records with port 0 are left out:
// some Consul versions give it for services with several ports, and nothing listens there.
[[nodiscard]] std::vector<ServiceTarget> read_service_targets(const ares_dns_record_t* record);

// The A or AAAA records in the answer section, whatever owner name a CNAME has led to. Its TTL counts too.
[[nodiscard]] std::vector<AddressRecord> read_addresses(const ares_dns_record_t* record);

// How long "there is no such name" or "no such record" may be believed, as the SOA record that comes with it
// says (RFC 2308, section 5); zero if there is none.
[[nodiscard]] core::Duration read_negative_ttl(const ares_dns_record_t* record);

// The address in Consul's "0a000006.addr.dc1.consul", or an empty string: no query is needed for these.
// Source: https://developer.hashicorp.com/consul/docs/services/discovery/dns-static-lookups
[[nodiscard]] std::string decode_addr_target(std::string_view target);

}  // namespace rediscovery::dns
