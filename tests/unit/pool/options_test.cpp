#include <rediscovery/options.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "pool/options_fields.hpp"
#include "unit/pool/refusal.hpp"

namespace rediscovery {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

Options working() {
  Options options;
  options.master = "master.service.consul";
  options.dns_servers = {"127.0.0.1:8600"};
  return options;
}

// What validate() says of a working configuration with this change.
template <typename Change>
Refusal refusal_after(Change change) {
  Options options = working();
  change(options);
  return refusal_of([&] { options.validate(); });
}

TEST(Options, WorkAsTheyAreWithAMasterAndADnsServer) {
  EXPECT_NO_THROW(working().validate());
  EXPECT_EQ(refusal_of([] { Options{}.validate(); }).field, "master");
}

// ---- every number -------------------------------------------------------------------------------------

TEST(Options, EveryDurationIsAcceptedWithinItsRangeOnly) {
  for (const auto& field : options_fields::kDurations) {
    const auto with = [&](std::int64_t value) {
      return refusal_after([&](Options& options) {
        if (field.name == "refresh_floor") options.refresh_ceiling = 1h;
        if (field.name == "refresh_ceiling") options.refresh_floor = 10ms;
        options.*field.member = Options::Milliseconds(value);
      });
    };
    EXPECT_EQ(with(field.least), kAccepted) << field.name;
    EXPECT_EQ(with(field.most), kAccepted) << field.name;
    for (const auto value : {field.least - 1, field.most + 1, std::int64_t{-1}}) {
      if (field.or_zero && value == 0) continue;
      const Refusal refusal = with(value);
      EXPECT_EQ(refusal.field, field.name) << value;
      EXPECT_THAT(refusal.text, HasSubstr("is " + std::to_string(value) + " ms; accepted: "));
      EXPECT_THAT(refusal.text,
                  HasSubstr(std::to_string(field.least) + "…" + std::to_string(field.most) + " ms"));
    }
    EXPECT_EQ(with(0) == kAccepted, field.or_zero) << field.name;
  }
}

TEST(Options, EveryCountIsAcceptedWithinItsRangeOnly) {
  for (const auto& field : options_fields::kCounts) {
    const auto with = [&](std::size_t value) {
      return refusal_after([&](Options& options) {
        if (field.name == "min_idle") options.max_connections = 10'000;
        if (field.name == "max_connections") options.min_idle = 0;
        options.*field.member = value;
      });
    };
    EXPECT_EQ(with(field.least), kAccepted) << field.name;
    EXPECT_EQ(with(field.most), kAccepted) << field.name;
    EXPECT_EQ(with(field.most + 1).field, field.name);
    EXPECT_EQ(with(SIZE_MAX).field, field.name);
    if (field.least == 0) continue;
    EXPECT_EQ(with(field.least - 1).text,
              "rediscovery options: " + std::string(field.name) + " is " + std::to_string(field.least - 1) +
                  "; accepted: " + std::to_string(field.least) + "…" + std::to_string(field.most));
  }
}

TEST(Options, ADefaultPortIsNeeded) {
  EXPECT_EQ(refusal_after([](Options& options) { options.default_port = 0; }).field, "default_port");
}

TEST(Options, FieldsThatContradictEachOtherAreRefused) {
  EXPECT_EQ(refusal_after([](Options& options) {
              options.min_idle = 5;
              options.max_connections = 4;
            }).text,
            "rediscovery options: min_idle is greater than max_connections");
  EXPECT_EQ(refusal_after([](Options& options) {
              options.refresh_floor = 2s;
              options.refresh_ceiling = 1s;
            }).text,
            "rediscovery options: refresh_floor is greater than refresh_ceiling");
}

// ---- Consul's HTTP API ---------------------------------------------------------------------------------

TEST(Options, ConsulsAddressesAreUrlsOfItsApi) {
  const auto refusal_of_address = [](const std::string& address) {
    return refusal_after([&](Options& options) { options.consul_http = {"http://127.0.0.1:8500", address}; });
  };
  for (const auto* address : {"https://consul.test:8501", "http://[::1]:8500"}) {
    EXPECT_EQ(refusal_of_address(address), kAccepted) << address;
  }
  for (const auto* address :
       {"", "ftp://127.0.0.1", "http://user:secret@127.0.0.1:8500", "http://127.0.0.1:x"}) {
    const auto refusal = refusal_of_address(address);
    EXPECT_EQ(refusal.field, "consul_http[1]") << address;
    EXPECT_THAT(refusal.text, Not(HasSubstr("secret")));
  }
}

TEST(Options, ConsulsApiNeedsAMasterThatItKnowsByThatName) {
  const auto refusal_of_master = [](const std::string& master) {
    return refusal_after([&](Options& options) {
      options.master = master;
      options.consul_http = {"http://127.0.0.1:8500"};
    });
  };
  EXPECT_EQ(refusal_of_master("a-tag.redis.service.consul"), kAccepted);
  for (const auto* master : {"redis.test", "_redis._tcp.service.consul", "_redis.service.consul",
                             "master.service.team1.ns.dc1.dc.consul", "master.service.dc1.consul.example"}) {
    EXPECT_EQ(refusal_of_master(master).field, "consul_http") << master;
  }
}

TEST(Options, ConsulsTokenIsOneWordAndForConsul) {
  const auto refusal_of_token = [](const std::string& token) {
    return refusal_after([&](Options& options) {
      options.consul_http = {"http://127.0.0.1:8500"};
      options.consul_token = token;
    });
  };
  EXPECT_EQ(refusal_of_token("b1gs33cr3t"), kAccepted);
  for (const auto* token : {"two words", "a\r\nX-Other: header", "\x7f"}) {
    EXPECT_EQ(refusal_of_token(token).text,
              "rediscovery options: consul_token must not contain spaces, line breaks or special characters");
  }
}

TEST(Options, WhatIsSaidOfConsulsApiNeedsItsAddress) {
  using Member = std::string Options::*;
  const std::pair<const char*, Member> fields[] = {{"consul_token", &Options::consul_token},
                                                   {"consul_ca_file", &Options::consul_ca_file},
                                                   {"consul_cert_file", &Options::consul_cert_file},
                                                   {"consul_key_file", &Options::consul_key_file}};
  for (const auto& [name, member] : fields) {
    EXPECT_EQ(refusal_after([&, member = member](Options& options) { options.*member = "x"; }).text,
              "rediscovery options: " + std::string(name) + " needs consul_http");
  }
}

// ---- names and addresses ------------------------------------------------------------------------------

TEST(Options, TheMasterIsANameOrAddresses) {
  for (const auto* master :
       {"master.service.consul", "master", "master.service.consul.", "a-b_c.test", "_redis._tcp.x",
        "10.0.0.5:6379", "10.0.0.5", "[::1]:6379", "::1", "[::1]:6379,10.0.0.6:6380"}) {
    EXPECT_EQ(refusal_after([&](Options& options) { options.master = master; }), kAccepted) << master;
    EXPECT_EQ(refusal_after([&](Options& options) { options.replicas = master; }), kAccepted) << master;
  }
}

TEST(Options, TheMasterIsNothingElse) {
  const std::string long_label = std::string(64, 'a') + ".test";
  const std::string long_name = [] {
    std::string name;
    for (int i = 0; i < 64; ++i) name += "abc.";
    return name;
  }();
  for (const std::string& master :
       {std::string("master.service.consul:6379"), std::string("10.0.0.5:0"), std::string("10.0.0.5:65536"),
        std::string("a..b"), std::string("."), std::string(".a"), std::string("a b"), std::string("a/b"),
        std::string("m\xC3\xA4ster"), std::string("a\0b", 3), std::string("10.0.0.5:6379,name"),
        std::string("10.0.0.5:6379,"), std::string(",10.0.0.5:6379"), std::string("a,b"),
        std::string("redis://a"), long_label, long_name}) {
    EXPECT_EQ(refusal_after([&](Options& options) { options.master = master; }).field, "master") << master;
    EXPECT_EQ(refusal_after([&](Options& options) { options.replicas = master; }).field, "replicas")
        << master;
  }
}

TEST(Options, ANameWithAPortIsToldWhereToPutThePort) {
  EXPECT_THAT(refusal_after([](Options& options) { options.master = "master.test:6379"; }).text,
              HasSubstr("put the port into default_port"));
}

TEST(Options, DnsServersAreNeededForNamesOnly) {
  const auto without = [](const char* master, const char* replicas) {
    return refusal_after([&](Options& options) {
      options.dns_servers.clear();
      options.master = master;
      options.replicas = replicas;
    });
  };
  EXPECT_EQ(without("10.0.0.5:6379", ""), kAccepted);
  EXPECT_EQ(without("10.0.0.5:6379", "10.0.0.6:6379"), kAccepted);
  EXPECT_EQ(without("master.test", "").field, "dns_servers");
  EXPECT_EQ(without("10.0.0.5:6379", "slave.test").field, "dns_servers");
}

TEST(Options, EveryDnsServerIsANumericAddress) {
  for (const auto* server : {"127.0.0.1:8600", "127.0.0.1", "::1", "[::1]:53"}) {
    EXPECT_EQ(refusal_after([&](Options& options) { options.dns_servers = {server}; }), kAccepted) << server;
  }
  for (const auto* server : {"", "localhost", "localhost:53", "127.0.0.1:0", "127.0.0.1:", "127.0.0.1:65536",
                             "[::1", "127.0.0.1:53,127.0.0.2:53"}) {
    EXPECT_EQ(refusal_after([&](Options& options) {
                options.dns_servers = {"127.0.0.1", server};
              }).field,
              "dns_servers[1]")
        << server;
  }
}

TEST(Options, EveryAllowedNetworkIsOne) {
  EXPECT_EQ(refusal_after([](Options& options) {
              options.allowed_networks = {"10.0.0.0/8", "fd00::/8"};
            }),
            kAccepted);
  EXPECT_EQ(refusal_after([](Options& options) {
              options.allowed_networks = {"10.0.0.0/8", "ten/8"};
            }).field,
            "allowed_networks[1]");
}

// ---- who we are ---------------------------------------------------------------------------------------

TEST(Options, AUserNeedsAPassword) {
  EXPECT_EQ(refusal_after([](Options& options) { options.username = "alice"; }).field, "password");
  for (auto member : {&Options::password, &Options::password_env, &Options::password_file}) {
    EXPECT_EQ(refusal_after([&](Options& options) { options.*member = "secret"; }), kAccepted);
    EXPECT_EQ(refusal_after([&](Options& options) {
                options.username = "alice";
                options.*member = "secret";
              }),
              kAccepted);
  }
}

TEST(Options, APasswordIsInOnePlace) {
  EXPECT_EQ(refusal_after([](Options& options) {
              options.password = "secret";
              options.password_file = "/run/secrets/redis";
            }).text,
            "rediscovery options: password_file and password are two places for one password");
  EXPECT_EQ(refusal_after([](Options& options) {
              options.password_env = "REDIS_PASSWORD";
              options.password_file = "/run/secrets/redis";
            }).field,
            "password_file");
}

TEST(Options, TheProtocolIsOneOfTwo) {
  for (const std::uint32_t protocol : {2U, 3U}) {
    EXPECT_EQ(refusal_after([&](Options& options) { options.protocol = protocol; }), kAccepted);
  }
  EXPECT_EQ(refusal_after([](Options& options) { options.protocol = 4; }).text,
            "rediscovery options: protocol is 4; accepted: 2, 3");
}

TEST(Options, TheClientNameIsOneWord) {
  for (const auto* name : {"", "st-api", "st-api:1@host"}) {
    EXPECT_EQ(refusal_after([&](Options& options) { options.client_name = name; }), kAccepted) << name;
  }
  for (const auto* name : {"st api", "st-api\n", "\t", "st\xC3\xA4", "\x7f"}) {
    EXPECT_EQ(refusal_after([&](Options& options) { options.client_name = name; }).field, "client_name")
        << name;
  }
}

// ---- TLS ----------------------------------------------------------------------------------------------

TEST(Options, WhatIsSaidAboutTlsNeedsTls) {
  for (const auto& field : options_fields::kTexts) {
    if (!field.name.starts_with("tls_")) continue;
    EXPECT_EQ(refusal_after([&](Options& options) { options.*field.member = "x"; }).text,
              "rediscovery options: " + std::string(field.name) + " needs tls");
  }
  EXPECT_EQ(refusal_after([](Options& options) { options.tls_verify = false; }).field, "tls_verify");
}

TEST(Options, TlsFilesAreNotLookedAt) {
  EXPECT_EQ(refusal_after([](Options& options) {
              options.tls = true;
              options.tls_ca_file = options.tls_cert_file = options.tls_key_file = "/nowhere/at/all.pem";
            }),
            kAccepted);
}

TEST(Options, ACertificateAndItsKeyNeedEachOther) {
  for (const auto member : {&Options::tls_cert_file, &Options::tls_key_file}) {
    EXPECT_EQ(refusal_after([&](Options& options) {
                options.tls = true;
                options.*member = "x.pem";
              }).text,
              "rediscovery options: tls_key_file and tls_cert_file need each other");
  }
}

TEST(Options, AuthoritiesAreForVerification) {
  EXPECT_EQ(refusal_after([](Options& options) {
              options.tls = true;
              options.tls_verify = false;
              options.tls_ca_file = "ca.pem";
            }).text,
            "rediscovery options: tls_ca_file is of no use while tls_verify is false");
}

TEST(Options, TheServersNameIsANameOrAnAddress) {
  const auto with = [](const char* name) {
    return refusal_after([&](Options& options) {
      options.tls = true;
      options.tls_server_name = name;
    });
  };
  for (const auto* name : {"", "redis.test", "redis.test.", "10.0.0.5", "::1"}) {
    EXPECT_EQ(with(name), kAccepted) << name;
  }
  for (const auto* name : {"redis test", "10.0.0.5:6379", "*.test", "a..b"}) {
    EXPECT_EQ(with(name).field, "tls_server_name") << name;
  }
}

TEST(Options, NoRefusalRepeatsThePassword) {
  const auto refusal = refusal_after([](Options& options) {
    options.password = "secret";
    options.max_connections = 0;
  });
  EXPECT_THAT(refusal.text, Not(HasSubstr("secret")));
  // A URL in the wrong field is an easy mistake.
  EXPECT_EQ(refusal_after([](Options& options) { options.master = "redis://:secret@10.0.0.5:6379"; }).text,
            "rediscovery options: master has an '@': a URL is read by from_url");
}

}  // namespace
}  // namespace rediscovery
