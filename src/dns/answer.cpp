#include "dns/answer.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace rediscovery::dns {
namespace {

template <typename Use>
void for_each(const ares_dns_record_t* record, ares_dns_section_t section, Use use) {
  const std::size_t count = ares_dns_record_rr_cnt(record, section);
  for (std::size_t i = 0; i < count; ++i) use(ares_dns_record_rr_get_const(record, section, i));
}

core::Duration ttl_of(const ares_dns_rr_t* rr) { return std::chrono::seconds(ares_dns_rr_get_ttl(rr)); }

// An answer that a CNAME has led to counts no longer than the CNAME does: that is where a name is moved.
core::Duration alias_ttl(const ares_dns_record_t* record) {
  core::Duration shortest = core::Duration::max();
  for_each(record, ARES_SECTION_ANSWER, [&](const ares_dns_rr_t* rr) {
    if (ares_dns_rr_get_type(rr) == ARES_REC_TYPE_CNAME) shortest = std::min(shortest, ttl_of(rr));
  });
  return shortest;
}

std::string address_of(const ares_dns_rr_t* rr) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (ares_dns_rr_get_type(rr) == ARES_REC_TYPE_A) {
    const in_addr* address = ares_dns_rr_get_addr(rr, ARES_RR_A_ADDR);
    if (address != nullptr) inet_ntop(AF_INET, address, text.data(), text.size());
  } else if (ares_dns_rr_get_type(rr) == ARES_REC_TYPE_AAAA) {
    const ares_in6_addr* address = ares_dns_rr_get_addr6(rr, ARES_RR_AAAA_ADDR);
    if (address != nullptr) inet_ntop(AF_INET6, address, text.data(), text.size());
  }
  return text.data();
}

// DNS names compare without regard to case, and may or may not carry the root's dot.
std::string canonical_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  std::string result;
  for (const char c : name) result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

}  // namespace

std::string decode_addr_target(std::string_view target) {
  const auto dot = target.find('.');
  if (dot == std::string_view::npos || !canonical_name(target.substr(dot)).starts_with(".addr.")) return {};
  const std::string_view hex = target.substr(0, dot);
  std::array<unsigned char, 16> bytes{};
  if (hex.size() != 8 && hex.size() != 32) return {};
  for (std::size_t i = 0; i < hex.size() / 2; ++i) {
    const char* start = hex.data() + 2 * i;
    const auto [end, error] = std::from_chars(start, start + 2, bytes[i], 16);
    if (error != std::errc() || end != start + 2) return {};
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(hex.size() == 8 ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
  return text.data();
}

std::vector<ServiceTarget> read_service_targets(const ares_dns_record_t* record) {
  std::vector<ServiceTarget> targets;
  const core::Duration longest = alias_ttl(record);
  for_each(record, ARES_SECTION_ANSWER, [&](const ares_dns_rr_t* rr) {
    if (ares_dns_rr_get_type(rr) != ARES_REC_TYPE_SRV) return;
    const char* target = ares_dns_rr_get_str(rr, ARES_RR_SRV_TARGET);
    const std::uint16_t port = ares_dns_rr_get_u16(rr, ARES_RR_SRV_PORT);
    if (target == nullptr || port == 0) return;
    ServiceTarget found{target, port, std::min(ttl_of(rr), longest), {}};
    if (auto address = decode_addr_target(target); !address.empty())
      found.addresses.push_back(std::move(address));
    targets.push_back(std::move(found));
  });
  for_each(record, ARES_SECTION_ADDITIONAL, [&](const ares_dns_rr_t* rr) {
    const std::string address = address_of(rr);
    if (address.empty()) return;
    for (auto& target : targets) {
      if (decode_addr_target(target.target).empty() &&
          canonical_name(target.target) == canonical_name(ares_dns_rr_get_name(rr))) {
        target.addresses.push_back(address);
        target.ttl = std::min(target.ttl, ttl_of(rr));
      }
    }
  });
  return targets;
}

std::vector<AddressRecord> read_addresses(const ares_dns_record_t* record) {
  std::vector<AddressRecord> addresses;
  const core::Duration longest = alias_ttl(record);
  for_each(record, ARES_SECTION_ANSWER, [&](const ares_dns_rr_t* rr) {
    if (auto address = address_of(rr); !address.empty())
      addresses.push_back({std::move(address), std::min(ttl_of(rr), longest)});
  });
  return addresses;
}

core::Duration read_negative_ttl(const ares_dns_record_t* record) {
  core::Duration ttl{};
  for_each(record, ARES_SECTION_AUTHORITY, [&](const ares_dns_rr_t* rr) {
    if (ares_dns_rr_get_type(rr) != ARES_REC_TYPE_SOA) return;
    const std::chrono::seconds minimum(ares_dns_rr_get_u32(rr, ARES_RR_SOA_MINIMUM));
    ttl = std::min<core::Duration>(ttl_of(rr), minimum);
  });
  return ttl;
}

}  // namespace rediscovery::dns
