// What went wrong with TLS, in words that say what to do about it.
#pragma once

#include <string>

#include <rediscovery/error.hpp>

namespace rediscovery::redis {

struct TlsFailure {
  ErrorCode code;    // authentication: the two sides do not accept each other; connection_lost: anything else
  std::string text;  // for people, without the endpoint
};

// What is known besides OpenSSL's code.
struct TlsCircumstances {
  std::string expected_peer;
  bool shows_certificate = false;      // ours
  long verification = 0;               // X509_V_…; 0: nothing was wrong with the server's certificate
  bool speaks_tls = true;              // false: the server's first byte was none of TLS
  bool in_use = false;                 // something was received already: what both are was accepted
  std::string option_prefix = "tls_";  // as in TlsSettings
};

// `code` is OpenSSL's, from its queue.
[[nodiscard]] TlsFailure explain_tls(unsigned long code, const TlsCircumstances& circumstances);

}  // namespace rediscovery::redis
