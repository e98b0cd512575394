#include "dns/resolver.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <optional>
#include <utility>

#include "integration/async/own_loop.hpp"
#include "support/address_block.hpp"
#include "support/scripted_dns.hpp"

namespace rediscovery::dns {
namespace {

using namespace std::chrono_literals;
using rediscovery::testing::a_record;
using rediscovery::testing::AddressBlock;
using rediscovery::testing::DnsAction;
using rediscovery::testing::DnsQuestion;
using rediscovery::testing::DnsType;
using rediscovery::testing::OwnLoop;
using rediscovery::testing::ScriptedDns;
using rediscovery::testing::srv_record;

class ResolverTest : public ::testing::Test {
 protected:
  ResolverOptions options() {
    ResolverOptions options;
    options.servers = {*core::parse_endpoint(dns_.endpoint())};
    options.timeout = 20ms;
    return options;
  }
  core::LookupResult look_up(Resolver& resolver) {
    std::optional<core::LookupResult> found;
    resolver.lookup(kName, [&](core::LookupResult result) { found = std::move(result); });
    loop_.run_until([&] { return found.has_value(); });
    return *found;
  }

  static constexpr const char* kName = "master.test";
  AddressBlock addresses_;
  ScriptedDns dns_{addresses_.next_free_ip()};
  OwnLoop loop_;
};

// Its address with the default port may be another Redis.
TEST_F(ResolverTest, AServiceWhoseRecordsAreNotAnsweredIsNotTakenForAnAddress) {
  const auto good =
      DnsAction::answer({srv_record(kName, "node.test", 6380)}, {a_record("node.test", "127.0.0.9")});
  dns_.set_addresses(kName, {"127.0.0.9"});
  dns_.set(kName, DnsType::srv, good);
  Resolver resolver(loop_.get(), options());
  ASSERT_EQ(look_up(resolver).endpoints.size(), 1U);
  for (const auto& fault : {DnsAction::servfail(), DnsAction::drop(), DnsAction::refused()}) {
    dns_.set(kName, DnsType::srv, fault);
    const auto result = look_up(resolver);
    EXPECT_TRUE(result.endpoints.empty());
    EXPECT_NE(result.problem, "");
  }
  dns_.set(kName, DnsType::srv, good);
  EXPECT_EQ(look_up(resolver).endpoints.at(0).port, 6380);
  dns_.set(kName, DnsType::srv, DnsAction::empty());
  EXPECT_EQ(look_up(resolver).endpoints.at(0).port, 6379) << "that it has none any more is an answer";
}

TEST_F(ResolverTest, TheServersAreAskedInTheOrderThatIsConfiguredWhateverTheSystemsOptionsSay) {
  ASSERT_EQ(setenv("RES_OPTIONS", "rotate", 1), 0);
  ScriptedDns second(addresses_.next_free_ip());
  for (ScriptedDns* server : {&dns_, &second}) server->set_addresses(kName, {"127.0.0.9"});
  auto both = options();
  both.servers.push_back(*core::parse_endpoint(second.endpoint()));
  both.timeout = 1s;
  {
    Resolver resolver(loop_.get(), both);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(look_up(resolver).endpoints.size(), 1U);
  }
  unsetenv("RES_OPTIONS");
  EXPECT_EQ(second.queries(), 0U);
}

// c-ares by itself waits for 250 ms at least and for 5 s at most.
TEST(Resolver, GivesASilentServerTheTimeThatIsConfigured) {
  AddressBlock addresses;
  ScriptedDns silent(addresses.next_free_ip());
  silent.set_handler([](const DnsQuestion&) { return DnsAction::drop(); });
  OwnLoop loop;
  ResolverOptions options;
  options.servers = {*core::parse_endpoint(silent.endpoint())};
  options.timeout = 10s;
  Resolver patient(loop.get(), options);
  options.timeout = 10ms;
  Resolver hasty(loop.get(), options);

  constexpr int kLookups = 40;
  bool patient_is_done = false;
  int hasty_done = 0;
  std::function<void()> ask_hastily = [&] {
    hasty.lookup("master.test", [&](const core::LookupResult&) {
      if (++hasty_done < kLookups) ask_hastily();
    });
  };
  patient.lookup("master.test", [&](const core::LookupResult&) { patient_is_done = true; });
  ask_hastily();
  loop.run_until([&] { return hasty_done == kLookups || patient_is_done; });
  EXPECT_EQ(hasty_done, kLookups) << "each of them waits for 20 ms, and the other one for 20 s";
}

}  // namespace
}  // namespace rediscovery::dns
