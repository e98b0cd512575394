#include "support/dns_message.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace rediscovery::testing {
namespace {

constexpr std::uint16_t kInternet = 1;
constexpr std::uint16_t kFlagResponse = 0x8000;
constexpr std::uint16_t kFlagAuthoritative = 0x0400;
constexpr std::uint16_t kFlagTruncated = 0x0200;
constexpr std::uint16_t kFlagRecursion = 0x0100;

class Writer {
 public:
  void u8(unsigned value) { bytes_ += static_cast<char>(value & 0xff); }
  void u16(unsigned value) {
    u8(value >> 8);
    u8(value);
  }
  void u32(std::uint32_t value) {
    u16(value >> 16);
    u16(value & 0xffff);
  }
  void name(const std::string& name) {
    for (std::size_t begin = 0; begin < name.size();) {
      const std::size_t end = std::min(name.find('.', begin), name.size());
      const std::size_t length = end - begin;
      if (length == 0 || length > 63) throw std::invalid_argument("not a DNS name: " + name);
      u8(static_cast<unsigned>(length));
      bytes_.append(name, begin, length);
      begin = end + 1;
    }
    u8(0);
  }
  void record(const DnsRecord& record) {
    name(record.name);
    u16(static_cast<unsigned>(record.type));
    u16(kInternet);
    u32(record.ttl);
    Writer data;
    data.payload(record);
    u16(static_cast<unsigned>(data.bytes_.size()));
    bytes_ += data.bytes_;
  }
  void raw(const std::string& bytes) { bytes_ += bytes; }
  std::string take() { return std::move(bytes_); }

 private:
  void payload(const DnsRecord& record) {
    std::array<unsigned char, 16> address{};
    switch (record.type) {
      case DnsType::a:
      case DnsType::aaaa: {
        const bool v4 = record.type == DnsType::a;
        if (::inet_pton(v4 ? AF_INET : AF_INET6, record.value.c_str(), address.data()) != 1) {
          throw std::invalid_argument("not an address: " + record.value);
        }
        bytes_.append(address.begin(), address.begin() + (v4 ? 4 : 16));
        return;
      }
      case DnsType::cname:
      case DnsType::ns:
        name(record.value);
        return;
      case DnsType::srv:
        u16(record.priority);
        u16(record.weight);
        u16(record.port);
        name(record.value);
        return;
      default:
        bytes_ += record.value;
    }
  }

  std::string bytes_;
};

DnsRecord make(std::string name, DnsType type, std::string value, std::uint32_t ttl) {
  DnsRecord record;
  record.name = std::move(name);
  record.type = type;
  record.value = std::move(value);
  record.ttl = ttl;
  return record;
}

}  // namespace

std::string to_string(DnsType type) {
  switch (type) {
    case DnsType::a:
      return "A";
    case DnsType::aaaa:
      return "AAAA";
    case DnsType::srv:
      return "SRV";
    default:
      return "TYPE" + std::to_string(static_cast<unsigned>(type));
  }
}

std::vector<std::string> DnsMessage::addresses() const {
  std::vector<std::string> found;
  for (const auto& record : answers) {
    if (record.type == DnsType::a || record.type == DnsType::aaaa) found.push_back(record.value);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> DnsMessage::endpoints() const {
  std::vector<std::string> found;
  for (const auto& service : answers) {
    if (service.type != DnsType::srv) continue;
    for (const auto& record : additional) {
      if (record.name != service.value) continue;
      const std::string port = ":" + std::to_string(service.port);
      if (record.type == DnsType::a) found.push_back(record.value + port);
      if (record.type == DnsType::aaaa) found.push_back("[" + record.value + "]" + port);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

DnsRecord a_record(std::string name, std::string address, std::uint32_t ttl) {
  return make(std::move(name), DnsType::a, std::move(address), ttl);
}

DnsRecord aaaa_record(std::string name, std::string address, std::uint32_t ttl) {
  return make(std::move(name), DnsType::aaaa, std::move(address), ttl);
}

DnsRecord cname_record(std::string name, std::string target, std::uint32_t ttl) {
  return make(std::move(name), DnsType::cname, std::move(target), ttl);
}

DnsRecord srv_record(std::string name, std::string target, std::uint16_t port, std::uint32_t ttl) {
  DnsRecord record = make(std::move(name), DnsType::srv, std::move(target), ttl);
  record.port = port;
  return record;
}

std::string encode(const DnsMessage& message) {
  const bool edns = message.question.udp_size != 512;
  Writer out;
  out.u16(message.id);
  out.u16((message.response ? kFlagResponse | kFlagAuthoritative : 0U) | kFlagRecursion |
          (message.truncated ? kFlagTruncated : 0U) | static_cast<unsigned>(message.code));
  out.u16(1);
  out.u16(static_cast<unsigned>(message.answers.size()));
  out.u16(static_cast<unsigned>(message.authority.size()));
  out.u16(static_cast<unsigned>(message.additional.size()) + (edns ? 1U : 0U));
  out.name(message.question.name);
  out.u16(static_cast<unsigned>(message.question.type));
  out.u16(kInternet);
  for (const auto* section : {&message.answers, &message.authority, &message.additional}) {
    for (const auto& record : *section) out.record(record);
  }
  if (edns) {
    out.name("");
    out.u16(static_cast<unsigned>(DnsType::opt));
    out.u16(message.question.udp_size);
    out.u32(0);
    out.u16(0);
  }
  return out.take();
}

}  // namespace rediscovery::testing
