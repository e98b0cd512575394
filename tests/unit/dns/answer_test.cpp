#include "dns/answer.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace rediscovery::dns {
namespace {

using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

void require(ares_status_t status) {
  if (status != ARES_SUCCESS) throw std::runtime_error(ares_strerror(static_cast<int>(status)));
}

// A DNS answer, written record by record and then sent over the wire to itself: what is read is what c-ares
// makes of bytes.
class Answer {
 public:
  Answer() {
    require(ares_dns_record_create(&record_, 1, ARES_FLAG_QR, ARES_OPCODE_QUERY, ARES_RCODE_NOERROR));
    require(ares_dns_record_query_add(record_, "master.test", ARES_REC_TYPE_SRV, ARES_CLASS_IN));
  }
  ~Answer() { ares_dns_record_destroy(record_); }
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  Answer& srv(const char* target, std::uint16_t port, unsigned int ttl = 10) {
    ares_dns_rr_t* rr = add(ARES_SECTION_ANSWER, "master.test", ARES_REC_TYPE_SRV, ttl);
    require(ares_dns_rr_set_u16(rr, ARES_RR_SRV_PRIORITY, 1));
    require(ares_dns_rr_set_u16(rr, ARES_RR_SRV_WEIGHT, 1));
    require(ares_dns_rr_set_u16(rr, ARES_RR_SRV_PORT, port));
    require(ares_dns_rr_set_str(rr, ARES_RR_SRV_TARGET, target));
    return *this;
  }
  Answer& cname(const char* name, const char* target, unsigned int ttl = 10) {
    require(ares_dns_rr_set_str(add(ARES_SECTION_ANSWER, name, ARES_REC_TYPE_CNAME, ttl), ARES_RR_CNAME_CNAME,
                                target));
    return *this;
  }
  Answer& address(const char* name, const char* address, unsigned int ttl = 10) {
    return put_address(ARES_SECTION_ANSWER, name, address, ttl);
  }
  Answer& additional(const char* name, const char* address, unsigned int ttl = 10) {
    return put_address(ARES_SECTION_ADDITIONAL, name, address, ttl);
  }
  Answer& soa(unsigned int ttl, unsigned int minimum) {
    ares_dns_rr_t* rr = add(ARES_SECTION_AUTHORITY, "test", ARES_REC_TYPE_SOA, ttl);
    require(ares_dns_rr_set_str(rr, ARES_RR_SOA_MNAME, "ns.test"));
    require(ares_dns_rr_set_str(rr, ARES_RR_SOA_RNAME, "postmaster.test"));
    require(ares_dns_rr_set_u32(rr, ARES_RR_SOA_MINIMUM, minimum));
    return *this;
  }
  Answer& text(const char* name) {
    const std::string text = "consul-network-segment=";
    require(ares_dns_rr_add_abin(add(ARES_SECTION_ADDITIONAL, name, ARES_REC_TYPE_TXT, 0), ARES_RR_TXT_DATA,
                                 reinterpret_cast<const unsigned char*>(text.data()), text.size()));
    return *this;
  }

  template <typename Read>
  auto read(Read use) const {
    unsigned char* bytes = nullptr;
    std::size_t size = 0;
    require(ares_dns_write(record_, &bytes, &size));
    const std::unique_ptr<unsigned char, void (*)(void*)> wire(bytes, ares_free_string);
    ares_dns_record_t* parsed = nullptr;
    require(ares_dns_parse(wire.get(), size, 0, &parsed));
    const std::unique_ptr<ares_dns_record_t, void (*)(ares_dns_record_t*)> owner(parsed,
                                                                                 ares_dns_record_destroy);
    return use(parsed);
  }

 private:
  ares_dns_rr_t* add(ares_dns_section_t section, const char* name, ares_dns_rec_type_t type,
                     unsigned int ttl) {
    ares_dns_rr_t* rr = nullptr;
    require(ares_dns_record_rr_add(&rr, record_, section, name, type, ARES_CLASS_IN, ttl));
    return rr;
  }
  Answer& put_address(ares_dns_section_t section, const char* name, const char* address, unsigned int ttl) {
    in_addr v4{};
    ares_in6_addr v6{};
    if (inet_pton(AF_INET, address, &v4) == 1) {
      require(ares_dns_rr_set_addr(add(section, name, ARES_REC_TYPE_A, ttl), ARES_RR_A_ADDR, &v4));
    } else if (inet_pton(AF_INET6, address, &v6) == 1) {
      require(ares_dns_rr_set_addr6(add(section, name, ARES_REC_TYPE_AAAA, ttl), ARES_RR_AAAA_ADDR, &v6));
    }
    return *this;
  }

  ares_dns_record_t* record_ = nullptr;
};

std::vector<ServiceTarget> targets(const Answer& answer) { return answer.read(read_service_targets); }
std::vector<AddressRecord> addresses(const Answer& answer) { return answer.read(read_addresses); }

Strings names(const std::vector<AddressRecord>& records) {
  Strings result;
  for (const auto& record : records) result.push_back(record.address);
  return result;
}

// ---- no answer ----------------------------------------------------------------------------------------

TEST(NegativeTtl, IsTheShorterOfTheSoaRecordsTtlAndItsMinimum) {
  EXPECT_EQ(Answer().soa(60, 900).read(read_negative_ttl), 60s);
  EXPECT_EQ(Answer().soa(900, 60).read(read_negative_ttl), 60s);
  EXPECT_EQ(Answer().soa(0, 900).read(read_negative_ttl), 0s);
}

TEST(NegativeTtl, IsNothingWithoutASoaRecord) { EXPECT_EQ(Answer().read(read_negative_ttl), 0s); }

// ---- SRV ----------------------------------------------------------------------------------------------

TEST(ServiceTargets, TakeTheirAddressFromTheAdditionalSection) {
  const auto found = targets(Answer().srv("node1.test", 6380, 30).additional("node1.test", "10.0.0.6", 30));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].target, "node1.test");
  EXPECT_EQ(found[0].port, 6380);
  EXPECT_EQ(found[0].ttl, 30s);
  EXPECT_EQ(found[0].addresses, (Strings{"10.0.0.6"}));
}

TEST(ServiceTargets, TakeAllAddressesThatCameAlong) {
  const auto found = targets(Answer()
                                 .srv("node1.test", 6380)
                                 .additional("node1.test", "fd00::6")
                                 .additional("node1.test", "10.0.0.6")
                                 .additional("node1.test", "10.0.0.7"));
  EXPECT_EQ(found.at(0).addresses, (Strings{"fd00::6", "10.0.0.6", "10.0.0.7"}));
}

TEST(ServiceTargets, TakeTheirOwnAddressesAndNoOthers) {
  const auto found = targets(Answer()
                                 .srv("node1.test", 6380)
                                 .srv("node2.test", 6381)
                                 .srv("node1.test", 6382)
                                 .additional("node2.test", "10.0.0.2")
                                 .additional("node1.test", "10.0.0.1")
                                 .additional("other.test", "10.0.0.9"));
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].addresses, (Strings{"10.0.0.1"}));
  EXPECT_EQ(found[1].addresses, (Strings{"10.0.0.2"}));
  EXPECT_EQ(found[2].addresses, (Strings{"10.0.0.1"})) << "two services on one node";
}

TEST(ServiceTargets, FindTheirAddressWhateverTheCase) {
  EXPECT_EQ(targets(Answer().srv("Node1.TEST", 6380).additional("node1.test", "10.0.0.6")).at(0).addresses,
            (Strings{"10.0.0.6"}));
}

TEST(ServiceTargets, WithoutAnAddressStillHaveToBeAskedFor) {
  EXPECT_EQ(targets(Answer().srv("node1.test", 6380)).at(0).addresses, Strings{});
}

TEST(ServiceTargets, CountNoLongerThanTheirAddress) {
  EXPECT_EQ(targets(Answer().srv("node1.test", 6380, 30).additional("node1.test", "10.0.0.6", 5)).at(0).ttl,
            5s);
  EXPECT_EQ(targets(Answer().srv("node1.test", 6380, 5).additional("node1.test", "10.0.0.6", 30)).at(0).ttl,
            5s);
}

TEST(ServiceTargets, WithPortZeroAreLeftOut) {
  const auto found = targets(Answer().srv("node1.test", 0).srv("node2.test", 6380));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].target, "node2.test");
}

TEST(ServiceTargets, OfConsulCarryTheirAddressInTheirName) {
  const auto found = targets(Answer()
                                 .srv("0a000006.addr.dc1.consul", 6379, 0)
                                 .additional("0a000006.addr.dc1.consul", "10.0.0.6", 0)
                                 .text("node1.node.dc1.consul"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].addresses, (Strings{"10.0.0.6"})) << "once";
  EXPECT_EQ(found[0].ttl, 0s);
}

TEST(ServiceTargets, AreNoneInAnAnswerWithoutSrv) {
  EXPECT_TRUE(targets(Answer()).empty());
  EXPECT_TRUE(targets(Answer().address("master.test", "10.0.0.6")).empty());
  EXPECT_TRUE(targets(Answer().additional("master.test", "10.0.0.6")).empty());
}

// ---- A, AAAA ------------------------------------------------------------------------------------------

TEST(Addresses, AreReadOfBothFamilies) {
  const auto found =
      addresses(Answer().address("master.test", "10.0.0.6", 30).address("master.test", "fd00::6", 20));
  EXPECT_EQ(names(found), (Strings{"10.0.0.6", "fd00::6"}));
  EXPECT_EQ(found[0].ttl, 30s);
  EXPECT_EQ(found[1].ttl, 20s);
}

TEST(Addresses, AreFoundAtTheEndOfAChainOfAliases) {
  const auto found = addresses(Answer()
                                   .cname("master.test", "alias.test")
                                   .cname("alias.test", "node1.test")
                                   .address("node1.test", "10.0.0.6"));
  EXPECT_EQ(names(found), (Strings{"10.0.0.6"}));
}

TEST(Addresses, CountNoLongerThanTheShortestAliasThatLedToThem) {
  const auto found = addresses(Answer()
                                   .cname("master.test", "alias.test", 60)
                                   .cname("alias.test", "node1.test", 1)
                                   .address("node1.test", "10.0.0.6", 3600));
  EXPECT_EQ(found.at(0).ttl, 1s) << "the alias is what is changed when the master moves";
  EXPECT_EQ(addresses(Answer().cname("master.test", "n.test", 60).address("n.test", "10.0.0.6", 5)).at(0).ttl,
            5s);
}

TEST(Addresses, AreTakenFromTheAnswerSectionOnly) {
  EXPECT_TRUE(addresses(Answer().additional("master.test", "10.0.0.6")).empty());
  EXPECT_TRUE(addresses(Answer().cname("master.test", "alias.test")).empty());
  EXPECT_TRUE(addresses(Answer().srv("node1.test", 6380)).empty());
}

// ---- Consul's .addr. targets --------------------------------------------------------------------------

TEST(AddrTarget, IsDecoded) {
  EXPECT_EQ(decode_addr_target("7f00000c.addr.dc1.consul"), "127.0.0.12");
  EXPECT_EQ(decode_addr_target("7f00000c.addr.dc1.consul."), "127.0.0.12");
  EXPECT_EQ(decode_addr_target("00000000.addr.dc1.consul"), "0.0.0.0");
  EXPECT_EQ(decode_addr_target("ffffffff.addr.x"), "255.255.255.255");
}

TEST(AddrTarget, IsDecodedWhateverTheCase) {
  EXPECT_EQ(decode_addr_target("0A0000FE.ADDR.DC1.CONSUL"), "10.0.0.254");
  EXPECT_EQ(decode_addr_target("0a0000Fe.Addr.dc1.consul"), "10.0.0.254");
}

TEST(AddrTarget, IsDecodedOfIpv6) {
  EXPECT_EQ(decode_addr_target("fd000000000000000000000000000006.addr.dc1.consul"), "fd00::6");
  EXPECT_EQ(decode_addr_target("FD000000000000000000000000000006.addr.dc1.consul"), "fd00::6");
}

TEST(AddrTarget, IsNothingElse) {
  for (const auto* target :
       {"", ".", "7f00000c", "7f00000c.node.dc1.consul", "7f00000c.address.consul", "7f00000c.addr",
        "7f00000.addr.dc1.consul", "7f00000c0.addr.dc1.consul", "7f00000g.addr.dc1.consul",
        "-f00000c.addr.dc1.consul", "+f00000c.addr.dc1.consul", "0x00000c.addr.dc1.consul",
        " f00000c.addr.dc1.consul", ".addr.dc1.consul", "node1.7f00000c.addr.dc1.consul",
        "fd0000000000000000000000000000.addr.dc1.consul",
        "zd000000000000000000000000000006.addr.dc1.consul"}) {
    EXPECT_EQ(decode_addr_target(target), "") << target;
  }
}

// ---- bytes from the network ---------------------------------------------------------------------------

TEST(DnsAnswer, SpoiltInAnyByteIsReadOrRefusedButNeverCrashes) {
  // QR, one question for master.test SRV, one SRV answer pointing to node1.test, one A. RFC 2782 forbids to
  // compress the SRV's target, and later versions of c-ares refuse one that is.
  const std::vector<unsigned char> good = {
      0,    1,   0x84, 0,   0,   1,   0,   1,   0,   0,   0,   1,                     // header
      6,    'm', 'a',  's', 't', 'e', 'r', 4,   't', 'e', 's', 't', 0,  0, 33, 0, 1,  // question
      0xC0, 12,  0,    33,  0,   1,   0,   0,   0,   10,  0,   18,  0,  1, 0,  1, 0x18,
      0xEC,                                                                        // SRV, port 6380
      5,    'n', 'o',  'd', 'e', '1', 4,   't', 'e', 's', 't', 0,                  // … node1.test
      0xC0, 47,  0,    1,   0,   1,   0,   0,   0,   10,  0,   4,   10, 0, 0,  6,  // A of node1.test
  };
  const auto read = [](const std::vector<unsigned char>& bytes) {
    ares_dns_record_t* record = nullptr;
    if (ares_dns_parse(bytes.data(), bytes.size(), 0, &record) != ARES_SUCCESS)
      return std::vector<ServiceTarget>();
    const std::unique_ptr<ares_dns_record_t, void (*)(ares_dns_record_t*)> owner(record,
                                                                                 ares_dns_record_destroy);
    (void)read_addresses(record);
    return read_service_targets(record);
  };
  ASSERT_EQ(read(good).at(0).addresses, (Strings{"10.0.0.6"}));
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (int byte = 0; byte < 256; byte += 3) {  // 0 and 255 included
      std::vector<unsigned char> spoilt = good;
      spoilt[i] = static_cast<unsigned char>(byte);
      (void)read(spoilt);
    }
    (void)read({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(i)});
  }
}

}  // namespace
}  // namespace rediscovery::dns
