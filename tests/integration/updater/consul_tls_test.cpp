// The updater with a real Consul that speaks TLS and asks for a client's certificate.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consul_alone.hpp"

namespace rediscovery::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

// What Consul calls its servers' certificates by its own rule.
constexpr const char* kServerName = "server.dc1.consul";

class ConsulTls : public ::testing::Test {
 protected:
  // The certificate is for the address and for the name, or for the name alone.
  void start(bool demand_client_certificate, bool with_address = true) {
    stage_ = std::make_unique<ConsulAlone>(
        [&](const std::string& ip, const std::filesystem::path& folder) -> ConsulOptions {
          authority_ = std::make_unique<Certificates>(folder, "authority");
          std::vector<std::string> names = {kServerName};
          if (with_address) names.push_back(ip);
          ConsulOptions options;
          options.tls = authority_->issue("consul", names);
          options.demand_client_certificate = demand_client_certificate;
          return options;
        });
  }
  [[nodiscard]] std::string address() { return "https://" + stage_->consul().https_address(); }
  Finished apply(const json& tls) { return stage_->apply({{"addresses", {address()}}, {"tls", tls}}); }
  void expect_registered(const Finished& finished) {
    EXPECT_EQ(finished.code, 0) << finished.output;
    EXPECT_EQ(stage_->fence()["epoch"], 7);
  }
  // It will not work again by itself, and everybody can see why.
  void expect_refused(const Finished& finished, const std::string& why) {
    EXPECT_EQ(finished.code, 2) << finished.output;
    EXPECT_THAT(finished.output, HasSubstr(address()));
    EXPECT_THAT(finished.output, HasSubstr(why));
    EXPECT_TRUE(stage_->fence().is_null());
  }

  std::unique_ptr<Certificates> authority_;
  std::unique_ptr<ConsulAlone> stage_;
};

TEST_F(ConsulTls, WithTheAuthorityThatSignedItsCertificate) {
  start(false);
  expect_registered(apply({{"ca_file", authority_->ca_file()}}));
}

TEST_F(ConsulTls, AnotherAuthorityIsNoTrust) {
  start(false);
  const Certificates other(stage_->folder(), "other");
  expect_refused(apply({{"ca_file", other.ca_file()}}), "ca_file");
  expect_refused(apply(json::object()), "ca_file");
}

TEST_F(ConsulTls, WithoutVerificationAnyCertificateWillDo) {
  start(false);
  expect_registered(apply({{"verify", false}}));
}

TEST_F(ConsulTls, ACertificateForAnotherNameNeedsServerName) {
  start(false, false);
  expect_refused(apply({{"ca_file", authority_->ca_file()}}), "set server_name");
  expect_registered(apply({{"ca_file", authority_->ca_file()}, {"server_name", kServerName}}));
}

TEST_F(ConsulTls, AClientsCertificateIsShownWhereItIsAskedFor) {
  start(true);
  const auto mine = authority_->issue("updater", {});
  expect_refused(apply({{"ca_file", mine.ca}}), "cert_file");
  const auto foreign = Certificates(stage_->folder(), "other").issue("foreign", {});
  expect_refused(apply({{"ca_file", mine.ca}, {"cert_file", foreign.cert}, {"key_file", foreign.key}}),
                 "cert_file");
  expect_registered(apply({{"ca_file", mine.ca}, {"cert_file", mine.cert}, {"key_file", mine.key}}));
}

TEST_F(ConsulTls, FilesThatCannotBeUsedAreNamed) {
  start(true);
  const auto mine = authority_->issue("updater", {});
  expect_refused(apply({{"ca_file", "/nowhere/at/all"}}), "/nowhere/at/all");
  expect_refused(apply({{"ca_file", mine.ca}, {"cert_file", "/nowhere/at/all"}, {"key_file", mine.key}}),
                 "/nowhere/at/all");
  const auto other = authority_->issue("other", {});
  expect_refused(apply({{"ca_file", mine.ca}, {"cert_file", mine.cert}, {"key_file", other.key}}),
                 "key_file");
}

TEST_F(ConsulTls, ConsulsOwnVariablesAloneAreEnough) {
  start(true, false);
  const auto mine = authority_->issue("updater", {});
  expect_registered(stage_->apply(json::object(), {{"CONSUL_HTTP_ADDR", stage_->consul().https_address()},
                                                   {"CONSUL_HTTP_SSL", "true"},
                                                   {"CONSUL_CACERT", mine.ca},
                                                   {"CONSUL_CLIENT_CERT", mine.cert},
                                                   {"CONSUL_CLIENT_KEY", mine.key},
                                                   {"CONSUL_TLS_SERVER_NAME", kServerName}}));
}

TEST_F(ConsulTls, TheWrongProtocolOnAPortIsExplained) {
  start(false);
  auto finished = stage_->apply({{"addresses", {"http://" + stage_->consul().https_address()}}});
  EXPECT_EQ(finished.code, 2) << finished.output;
  EXPECT_THAT(finished.output, HasSubstr("https://"));
  finished = stage_->apply({{"addresses", {"https://" + stage_->consul().http_address()}}});
  EXPECT_EQ(finished.code, 2) << finished.output;
  EXPECT_THAT(finished.output, HasSubstr("http://"));
}

}  // namespace
}  // namespace rediscovery::testing
