#include "redis/tls_error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace rediscovery::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

unsigned long reason(int number) { return ERR_PACK(ERR_LIB_SSL, 0, number); }
unsigned long alert(int number) { return reason(SSL_AD_REASON_OFFSET + number); }

const unsigned long kVerifyFailed = reason(SSL_R_CERTIFICATE_VERIFY_FAILED);

TlsFailure verification(long result) {
  TlsCircumstances circumstances;
  circumstances.expected_peer = "redis.test";
  circumstances.verification = result;
  return explain_tls(kVerifyFailed, circumstances);
}

TEST(TlsError, ACertificateThatIsNotAcceptedIsAMatterOfAuthentication) {
  for (const auto& [result, text] : std::vector<std::pair<long, std::string>>{
           {X509_V_ERR_CERT_HAS_EXPIRED, "certificate has expired"},
           {X509_V_ERR_CERT_NOT_YET_VALID, "not yet valid"},
           {X509_V_ERR_HOSTNAME_MISMATCH, "is not for 'redis.test': tls_server_name"},
           {X509_V_ERR_IP_ADDRESS_MISMATCH, "is not for 'redis.test': tls_server_name"},
           {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "unknown authority"},
           {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "unknown authority"},
           {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "tls_ca_file names those that are trusted"},
           {X509_V_ERR_CERT_REVOKED, "revoked"}}) {
    EXPECT_EQ(verification(result).code, ErrorCode::authentication) << text;
    EXPECT_THAT(verification(result).text, HasSubstr(text));
  }
}

TEST(TlsError, TheServersWordAboutOurCertificateIsAMatterOfAuthentication) {
  for (const auto& [number, text] : std::vector<std::pair<int, std::string>>{
           {SSL_AD_CERTIFICATE_REQUIRED, "requires a client certificate: tls_cert_file and tls_key_file"},
           {SSL_AD_UNKNOWN_CA, "refuses our certificate: unknown CA"},
           {SSL_AD_CERTIFICATE_EXPIRED, "refuses our certificate: certificate expired"},
           {SSL_AD_HANDSHAKE_FAILURE, "refuses TLS with us: handshake failure"},
           {SSL_AD_PROTOCOL_VERSION, "refuses TLS with us: protocol version"}}) {
    const TlsFailure failure = explain_tls(alert(number), {});
    EXPECT_EQ(failure.code, ErrorCode::authentication) << text;
    EXPECT_THAT(failure.text, HasSubstr(text));
  }
}

TEST(TlsError, AMissingCertificateIsSuspectedOnlyWhereThereIsNone) {
  TlsCircumstances shown;
  shown.shows_certificate = true;
  EXPECT_THAT(explain_tls(alert(SSL_AD_HANDSHAKE_FAILURE), {}).text, HasSubstr("may require a client"));
  EXPECT_THAT(explain_tls(alert(SSL_AD_HANDSHAKE_FAILURE), shown).text, Not(HasSubstr("may require")));
}

TEST(TlsError, TheRemedyIsCalledAsItIsWhereItIsConfigured) {
  TlsCircumstances circumstances;
  circumstances.option_prefix = "redis.tls.";
  EXPECT_THAT(explain_tls(alert(SSL_AD_CERTIFICATE_REQUIRED), circumstances).text,
              HasSubstr("redis.tls.cert_file and redis.tls.key_file"));
  circumstances.verification = X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;
  EXPECT_THAT(explain_tls(kVerifyFailed, circumstances).text, HasSubstr("redis.tls.ca_file names those"));
  circumstances.verification = X509_V_ERR_HOSTNAME_MISMATCH;
  EXPECT_THAT(explain_tls(kVerifyFailed, circumstances).text, HasSubstr("redis.tls.server_name says"));
}

TEST(TlsError, AServersOwnTroubleIsNoWordAboutUs) {
  EXPECT_EQ(explain_tls(alert(SSL_AD_INTERNAL_ERROR), {}).code, ErrorCode::connection_lost);
}

TEST(TlsError, WhatBreaksOffWhileInUseIsALostConnection) {
  TlsCircumstances in_use;
  in_use.in_use = true;
  for (const auto code : {alert(SSL_AD_UNKNOWN_CA), reason(SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC)}) {
    EXPECT_EQ(explain_tls(code, in_use).code, ErrorCode::connection_lost);
  }
}

TEST(TlsError, AnotherProtocolIsNamedWhateverOpensslMakesOfIt) {
  TlsCircumstances other;
  other.speaks_tls = false;
  const TlsFailure failure = explain_tls(reason(SSL_R_WRONG_VERSION_NUMBER), other);
  EXPECT_EQ(failure.code, ErrorCode::authentication);
  EXPECT_EQ(failure.text, "this port does not speak TLS");
}

TEST(TlsError, WhatIsNotKnownHereIsToldInOpensslsWords) {
  EXPECT_THAT(explain_tls(reason(SSL_R_UNSUPPORTED_PROTOCOL), {}).text, HasSubstr("unsupported protocol"));
  EXPECT_THAT(explain_tls(0, {}).text, HasSubstr("TLS fails"));
}

}  // namespace
}  // namespace rediscovery::redis
