#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rediscovery::testing {

enum class DnsType : std::uint16_t {
  a = 1,
  ns = 2,
  cname = 5,
  soa = 6,
  txt = 16,
  aaaa = 28,
  srv = 33,
  opt = 41
};
enum class DnsCode : std::uint8_t {
  noerror = 0,
  formerr = 1,
  servfail = 2,
  nxdomain = 3,
  notimp = 4,
  refused = 5
};

std::string to_string(DnsType type);

struct DnsRecord {
  std::string name;
  DnsType type = DnsType::a;
  std::uint32_t ttl = 0;
  std::string value;           // A, AAAA: the address; CNAME, SRV: the target; others: raw bytes
  std::uint16_t port = 0;      // SRV
  std::uint16_t priority = 1;  // SRV
  std::uint16_t weight = 1;    // SRV
};

struct DnsQuestion {
  std::string name;  // lower case, without the last dot
  DnsType type = DnsType::a;
  bool tcp = false;
  std::uint16_t udp_size = 512;  // what EDNS offers
};

struct DnsMessage {
  std::uint16_t id = 0;
  bool response = false;
  bool truncated = false;
  DnsCode code = DnsCode::noerror;
  DnsQuestion question;
  std::vector<DnsRecord> answers;
  std::vector<DnsRecord> authority;
  std::vector<DnsRecord> additional;

  /// The addresses of the A and AAAA answers, sorted.
  [[nodiscard]] std::vector<std::string> addresses() const;
  /// "ip:port" of the SRV answers, their targets looked up in the additional section; sorted.
  [[nodiscard]] std::vector<std::string> endpoints() const;
};

DnsRecord a_record(std::string name, std::string address, std::uint32_t ttl = 0);
DnsRecord aaaa_record(std::string name, std::string address, std::uint32_t ttl = 0);
DnsRecord cname_record(std::string name, std::string target, std::uint32_t ttl = 0);
DnsRecord srv_record(std::string name, std::string target, std::uint16_t port, std::uint32_t ttl = 0);

/// A query carries an EDNS record that offers question.udp_size when that is not 512.
std::string encode(const DnsMessage& message);
/// Nothing when the bytes are not a well-formed message.
std::optional<DnsMessage> decode(std::string_view bytes);

}  // namespace rediscovery::testing
