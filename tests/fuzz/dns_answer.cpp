// Any bytes in the place of a DNS answer: what is read from them are numeric addresses, usable ports and
// times that do not overflow.
#include <ares.h>

#include <memory>

#include "core/endpoint.hpp"
#include "dns/answer.hpp"
#include "fuzz/bytes.hpp"
#include "fuzz/target.hpp"

namespace rediscovery::fuzz {
namespace {

// As many seconds as a TTL has bits for.
constexpr core::Duration kLongest = std::chrono::seconds(0xFFFF'FFFFLL);

void check(const ares_dns_record_t* record) {
  for (const auto& target : dns::read_service_targets(record)) {
    EXPECT_NE(target.port, 0);
    EXPECT_GE(target.ttl, core::Duration::zero());
    EXPECT_LE(target.ttl, kLongest);
    for (const auto& address : target.addresses) EXPECT_TRUE(core::is_numeric_address(address)) << address;
  }
  for (const auto& found : dns::read_addresses(record)) {
    EXPECT_TRUE(core::is_numeric_address(found.address)) << found.address;
    EXPECT_GE(found.ttl, core::Duration::zero());
    EXPECT_LE(found.ttl, kLongest);
  }
  const auto negative = dns::read_negative_ttl(record);
  EXPECT_GE(negative, core::Duration::zero());
  EXPECT_LE(negative, kLongest);
}

}  // namespace
}  // namespace rediscovery::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rediscovery;
  const std::string target(reinterpret_cast<const char*>(data), size);
  if (const auto address = dns::decode_addr_target(target); !address.empty()) {
    EXPECT_TRUE(core::is_numeric_address(address)) << address;
  }

  ares_dns_record_t* parsed = nullptr;
  if (ares_dns_parse(data, size, 0, &parsed) != ARES_SUCCESS) return 0;
  const std::unique_ptr<ares_dns_record_t, void (*)(ares_dns_record_t*)> record(parsed,
                                                                                ares_dns_record_destroy);
  fuzz::check(record.get());
  return 0;
}
