#include <arpa/inet.h>

#include <array>
#include <utility>

#include "support/dns_message.hpp"

namespace rediscovery::testing {
namespace {

constexpr std::uint16_t kFlagResponse = 0x8000;
constexpr std::uint16_t kFlagTruncated = 0x0200;

// Thrown inside decode() only.
struct Malformed {};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  unsigned u8() {
    if (position_ >= bytes_.size()) throw Malformed{};
    return static_cast<unsigned char>(bytes_[position_++]);
  }
  std::uint16_t u16() {
    const unsigned high = u8();
    return static_cast<std::uint16_t>(high << 8 | u8());
  }
  std::uint32_t u32() {
    const std::uint32_t high = u16();
    return high << 16 | u16();
  }
  std::string name() {
    std::string text;
    std::size_t back = 0;  // where to go on after the first pointer
    for (int labels = 0;; ++labels) {
      if (labels > 128) throw Malformed{};  // a loop of pointers
      const unsigned length = u8();
      if (length >= 0xc0) {
        const std::size_t target = (length & 0x3f) << 8 | u8();
        if (back == 0) back = position_;
        position_ = target;
        continue;
      }
      if (length > 63) throw Malformed{};
      if (length == 0) break;
      if (!text.empty()) text += '.';
      for (const char c : take(length)) text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    if (back != 0) position_ = back;
    return text;
  }
  std::string_view take(std::size_t length) {
    if (bytes_.size() - position_ < length) throw Malformed{};
    position_ += length;
    return bytes_.substr(position_ - length, length);
  }
  DnsRecord record(std::uint16_t& klass) {
    DnsRecord record;
    record.name = name();
    record.type = static_cast<DnsType>(u16());
    klass = u16();
    record.ttl = u32();
    const std::size_t length = u16();
    const std::size_t end = position_ + length;
    if (end > bytes_.size()) throw Malformed{};
    payload(record, length);
    position_ = end;
    return record;
  }

 private:
  void payload(DnsRecord& record, std::size_t length) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    switch (record.type) {
      case DnsType::a:
      case DnsType::aaaa: {
        const bool v4 = record.type == DnsType::a;
        if (length != (v4 ? 4U : 16U)) throw Malformed{};
        ::inet_ntop(v4 ? AF_INET : AF_INET6, take(length).data(), text.data(), text.size());
        record.value = text.data();
        return;
      }
      case DnsType::cname:
      case DnsType::ns:
        record.value = name();
        return;
      case DnsType::srv:
        record.priority = u16();
        record.weight = u16();
        record.port = u16();
        record.value = name();
        return;
      default:
        record.value = take(length);
    }
  }

  std::string_view bytes_;
  std::size_t position_ = 0;
};

DnsMessage parse(std::string_view bytes) {
  Reader reader(bytes);
  DnsMessage message;
  message.id = reader.u16();
  const std::uint16_t flags = reader.u16();
  message.response = (flags & kFlagResponse) != 0;
  message.truncated = (flags & kFlagTruncated) != 0;
  message.code = static_cast<DnsCode>(flags & 0xf);
  const std::uint16_t questions = reader.u16();
  const std::array<std::uint16_t, 3> counts{reader.u16(), reader.u16(), reader.u16()};
  if (questions != 1) throw Malformed{};
  message.question.name = reader.name();
  message.question.type = static_cast<DnsType>(reader.u16());
  reader.u16();
  const std::array<std::vector<DnsRecord>*, 3> sections{&message.answers, &message.authority,
                                                        &message.additional};
  for (std::size_t section = 0; section < sections.size(); ++section) {
    for (int i = 0; i < counts[section]; ++i) {
      std::uint16_t klass = 0;
      DnsRecord record = reader.record(klass);
      if (record.type == DnsType::opt) {
        message.question.udp_size = klass;
      } else {
        sections[section]->push_back(std::move(record));
      }
    }
  }
  return message;
}

}  // namespace

std::optional<DnsMessage> decode(std::string_view bytes) {
  try {
    return parse(bytes);
  } catch (const Malformed&) {
    return std::nullopt;
  }
}

}  // namespace rediscovery::testing
