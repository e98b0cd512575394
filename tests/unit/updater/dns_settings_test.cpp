#include "updater/dns_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rediscovery::updater {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(DnsSettings, ANameIsTheServicesInTheDatacenterAndDomain) {
  DnsSettings settings;
  EXPECT_EQ(dns_name(settings, "master"), "master.service.consul");
  settings.datacenter = "dc2";
  settings.domain = "consul.example";
  EXPECT_EQ(dns_name(settings, "master"), "master.service.dc2.consul.example");
}

TEST(DnsSettings, ANamespaceOrPartitionNeedsTheLongForm) {
  DnsSettings settings;
  settings.tenancy.namespace_name = "team";
  EXPECT_EQ(dns_name(settings, "master"), "master.service.team.ns.consul");
  settings.tenancy.partition = "part";
  settings.datacenter = "dc2";
  EXPECT_EQ(dns_name(settings, "master"), "master.service.team.ns.part.ap.dc2.dc.consul");
}

TEST(DnsSettings, DnsIsBesideTheFirstAgentWithANumericAddress) {
  const auto dns = [](const std::vector<std::string>& addresses) {
    std::vector<std::string> texts;
    for (const auto& server : dns_beside(addresses)) texts.push_back(server.to_string());
    return texts;
  };
  EXPECT_THAT(dns({"http://127.0.0.1:8500"}), ElementsAre("127.0.0.1:8600"));
  EXPECT_THAT(dns({"https://consul.example:8501", "https://[fd00::1]:8501"}), ElementsAre("[fd00::1]:8600"));
  EXPECT_THAT(dns({"http://10.0.0.9"}), ElementsAre("10.0.0.9:8600"));
  EXPECT_THAT(dns({"http://consul.example:8500", "unix:///run/consul.sock"}), IsEmpty());
}

TEST(DnsSettings, ADomainIsLabelsWithDotsBetween) {
  for (const auto* good : {"consul", "consul.example", "a-b.c1"}) EXPECT_TRUE(is_dns_domain(good)) << good;
  for (const auto* bad : {"", ".", "consul.", ".consul", "a..b", "a b", "-a.b"})
    EXPECT_FALSE(is_dns_domain(bad)) << bad;
}

}  // namespace
}  // namespace rediscovery::updater
