#include "redis/tls_error.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace rediscovery::redis {
namespace {

TlsFailure not_accepted(std::string text) { return {ErrorCode::authentication, std::move(text)}; }

std::string reason_of(unsigned long code) {
  // It knows no words until somebody has asked for them, or has made a context.
  OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, nullptr);
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "OpenSSL error " + std::to_string(code);
}

TlsFailure explain_verification(const TlsCircumstances& circumstances) {
  const std::string reason = X509_verify_cert_error_string(circumstances.verification);
  const std::string& prefix = circumstances.option_prefix;
  switch (circumstances.verification) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return not_accepted("the server's certificate is not for '" + circumstances.expected_peer +
                          "': " + prefix + "server_name says which name to expect");
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return not_accepted("the server's certificate is from an unknown authority (" + reason +
                          "): " + prefix + "ca_file names those that are trusted");
    default:
      return not_accepted("the server's certificate is not accepted: " + reason);
  }
}

TlsFailure explain_alert(int alert, const TlsCircumstances& circumstances) {
  switch (alert) {
    case SSL_AD_CERTIFICATE_REQUIRED:
      return not_accepted("the server requires a client certificate: " + circumstances.option_prefix +
                          "cert_file and " + circumstances.option_prefix + "key_file");
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
      return not_accepted("the server refuses our certificate: " +
                          std::string(SSL_alert_desc_string_long(alert)));
    case SSL_AD_INTERNAL_ERROR:  // the server's own trouble, and no word about us
    case SSL_AD_USER_CANCELLED:
      return {ErrorCode::connection_lost,
              "the server gives TLS up: " + std::string(SSL_alert_desc_string_long(alert))};
    default:
      // Before TLS 1.3 there was no alert of its own for a missing certificate.
      return not_accepted(
          "the server refuses TLS with us: " + std::string(SSL_alert_desc_string_long(alert)) +
          (circumstances.shows_certificate ? "" : " (it may require a client certificate)"));
  }
}

}  // namespace

TlsFailure explain_tls(unsigned long code, const TlsCircumstances& circumstances) {
  if (circumstances.in_use) return {ErrorCode::connection_lost, "TLS was broken off: " + reason_of(code)};
  if (!circumstances.speaks_tls) return not_accepted("this port does not speak TLS");
  if (circumstances.verification != X509_V_OK) {
    return explain_verification(circumstances);
  }
  const int alert = ERR_GET_REASON(code) - SSL_AD_REASON_OFFSET;
  if (ERR_GET_LIB(code) == ERR_LIB_SSL && alert >= 0 && alert <= 255) {
    return explain_alert(alert, circumstances);
  }
  return not_accepted("TLS fails: " + reason_of(code));
}

}  // namespace rediscovery::redis
