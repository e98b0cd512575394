#include "dns/resolver.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "integration/async/own_loop.hpp"
#include "support/address_block.hpp"
#include "support/scripted_dns.hpp"

namespace rediscovery::dns {
namespace {

using namespace std::chrono_literals;
using rediscovery::testing::AddressBlock;
using rediscovery::testing::DnsAction;
using rediscovery::testing::DnsQuestion;
using rediscovery::testing::OwnLoop;
using rediscovery::testing::ScriptedDns;

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
