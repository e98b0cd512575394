#include "redis/tls_context.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

namespace rediscovery::redis {
namespace {

using ::testing::HasSubstr;

const core::Endpoint kNamed{"10.0.0.5", 6379, "redis.test"};
const core::Endpoint kUnnamed{"10.0.0.5", 6379, ""};

// The name that our first word asks for; empty: none.
std::string asked_for(const TlsSettings& settings, const core::Endpoint& endpoint) {
  const TlsContext context(settings);
  const auto session = context.new_session(endpoint);
  const char* name = SSL_get_servername(session.get(), TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? "" : name;
}

TEST(TlsContext, EveryServerMustProveTheNameItWasFoundBy) {
  EXPECT_EQ(expected_peer({}, kNamed), "redis.test");
  EXPECT_EQ(asked_for({}, kNamed), "redis.test");
}

TEST(TlsContext, AServerWithoutANameMustProveItsAddress) {
  EXPECT_EQ(expected_peer({}, kUnnamed), "10.0.0.5");
  EXPECT_EQ(asked_for({}, kUnnamed), "") << "only names are asked for (RFC 6066)";
}

TEST(TlsContext, AServerThatWasNamedByAReplicaGoesByTheNameOfThose) {
  TlsSettings settings;
  settings.name_of_unnamed = "master.test";
  EXPECT_EQ(expected_peer(settings, kUnnamed), "master.test");
  EXPECT_EQ(expected_peer(settings, kNamed), "redis.test");
}

TEST(TlsContext, TheConfiguredNameIsThatOfAll) {
  TlsSettings settings;
  settings.server_name = "all.test";
  settings.name_of_unnamed = "master.test";
  for (const auto& endpoint : {kNamed, kUnnamed}) {
    EXPECT_EQ(expected_peer(settings, endpoint), "all.test");
    EXPECT_EQ(asked_for(settings, endpoint), "all.test");
  }
}

TEST(TlsContext, TheFinalDotIsNoPartOfAName) {
  EXPECT_EQ(asked_for({}, {"10.0.0.5", 6379, "redis.test."}), "redis.test");
}

TEST(TlsContext, NamesAreAskedForAlsoWhereNothingIsVerified) {
  TlsSettings settings;
  settings.verify = false;
  EXPECT_EQ(asked_for(settings, kNamed), "redis.test");
}

TEST(TlsContext, AFileThatIsNotThereIsNamed) {
  TlsSettings settings;
  settings.ca_file = "/nowhere/at/all.pem";
  try {
    const TlsContext context(settings);
    FAIL() << "accepted";
  } catch (const TlsSettingsError& error) {
    EXPECT_EQ(error.setting(), "ca_file");
    EXPECT_STREQ(error.what(), "'/nowhere/at/all.pem' cannot be read: No such file or directory");
  }
}

}  // namespace
}  // namespace rediscovery::redis
