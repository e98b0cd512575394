#include "consul/transfer_error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rediscovery::consul {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(TransferError, WhatIsTransientAndWhatIsNot) {
  EXPECT_EQ(explain_transfer({CURLE_COULDNT_CONNECT, "", false}).kind, ErrorKind::unreachable);
  EXPECT_EQ(explain_transfer({CURLE_OPERATION_TIMEDOUT, "", false}).kind, ErrorKind::timeout);
  EXPECT_EQ(explain_transfer({CURLE_URL_MALFORMAT, "", false}).kind, ErrorKind::rejected);
  EXPECT_EQ(explain_transfer({CURLE_FILESIZE_EXCEEDED, "", false}).kind, ErrorKind::too_large);
  EXPECT_EQ(explain_transfer({CURLE_WEIRD_SERVER_REPLY, "", false}).kind, ErrorKind::malformed);
  EXPECT_EQ(explain_transfer({CURLE_PEER_FAILED_VERIFICATION, "", false}).kind, ErrorKind::tls);
}

// In libcurl's words, as they were seen.
TEST(TransferError, EveryMistakeWithCertificatesNamesTheFieldToChange) {
  const std::tuple<CURLcode, const char*, const char*> cases[] = {
      {CURLE_PEER_FAILED_VERIFICATION, "SSL certificate problem: unable to get local issuer certificate",
       "ca_file must be"},
      {CURLE_PEER_FAILED_VERIFICATION, "SSL certificate problem: certificate has expired",
       "Consul's certificate must be renewed"},
      {CURLE_PEER_FAILED_VERIFICATION,
       "SSL: no alternative certificate subject name matches target host name '10.0.0.1'", "set server_name"},
      {CURLE_SSL_CACERT_BADFILE, "error setting certificate file: /nowhere", "ca_file, or ca_path"},
      {CURLE_SSL_CERTPROBLEM, "unable to set private key file: '/x.key' type PEM", "cert_file and key_file"},
      {CURLE_SSL_CONNECT_ERROR, "OpenSSL/3.0.19: error:0A00010B:SSL routines::wrong version number",
       "http://"},
      {CURLE_RECV_ERROR, "OpenSSL SSL_read: error:0A00045C:SSL routines::tlsv13 alert certificate required",
       "set cert_file and key_file"},
      {CURLE_RECV_ERROR, "OpenSSL SSL_read: error:0A000412:SSL routines::sslv3 alert bad certificate",
       "cert_file must be signed"},
      {CURLE_RECV_ERROR, "OpenSSL SSL_read: error:0A000418:SSL routines::tlsv1 alert unknown ca",
       "cert_file must be signed"},
      {CURLE_RECV_ERROR, "OpenSSL SSL_read: error:0A000415:SSL routines::sslv3 alert certificate expired",
       "renew cert_file"},
  };
  for (const auto& [code, detail, remedy] : cases) {
    const auto error = explain_transfer({code, detail, false});
    EXPECT_EQ(error.kind, ErrorKind::tls) << detail;
    EXPECT_THAT(error.message, HasSubstr(detail));
    EXPECT_THAT(error.message, HasSubstr(remedy));
  }
}

// Or a script would not be run again while Consul's hosts are dying, which is when it has to be.
TEST(TransferError, AHandshakeThatIsBrokenOffIsTransient) {
  for (const auto* detail :
       {"OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to 10.0.0.1:8501 ",
        "Recv failure: Connection reset by peer", "Send failure: Connection reset by peer",
        "OpenSSL/3.0.19: error:0A000126:SSL routines::unexpected eof while reading",
        "OpenSSL/3.0.19: error:0A000438:SSL routines::tlsv1 alert internal error"}) {
    const auto error = explain_transfer({CURLE_SSL_CONNECT_ERROR, detail, false});
    EXPECT_EQ(error.kind, ErrorKind::unreachable) << detail;
    EXPECT_THAT(error.message, HasSubstr(detail));
  }
}

TEST(TransferError, AConnectionThatEndsRightAfterTheHandshakeGetsAHint) {
  const auto error = explain_transfer({CURLE_SEND_ERROR, "", true});
  EXPECT_EQ(error.kind, ErrorKind::unreachable) << "it may as well be a Consul that ends";
  EXPECT_THAT(error.message, HasSubstr("cert_file"));
  EXPECT_THAT(explain_transfer({CURLE_SEND_ERROR, "", false}).message, Not(HasSubstr("cert_file")));
}

}  // namespace
}  // namespace rediscovery::consul
