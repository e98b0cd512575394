#include "consul/transfer_error.hpp"

#include <string>

namespace rediscovery::consul {
namespace {

ErrorKind classify(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return ErrorKind::timeout;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_USE_SSL_FAILED:
      return ErrorKind::tls;
    case CURLE_URL_MALFORMAT:
      return ErrorKind::rejected;
    case CURLE_FILESIZE_EXCEEDED:
      return ErrorKind::too_large;
    case CURLE_UNSUPPORTED_PROTOCOL:  // the other end speaks, but not HTTP
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return ErrorKind::malformed;
    default:
      return ErrorKind::unreachable;
  }
}

struct Known {
  std::string_view part;  // of the detail
  std::string_view remedy;
};

// OpenSSL's own words, as far as a remedy follows from them. In TLS 1.3 a server judges the client's
// certificate after the handshake: its alert comes as an error of reading.
constexpr Known kKnown[] = {
    {"alert certificate required", "it demands a client's certificate: set cert_file and key_file"},
    {"alert handshake failure", "it may demand a client's certificate: set cert_file and key_file"},
    {"alert bad certificate",
     "it does not accept the client's certificate: cert_file must be signed by an authority that Consul "
     "trusts, and without one it may demand it"},
    {"alert unknown ca",
     "it does not accept the client's certificate: cert_file must be signed by an authority that Consul "
     "trusts"},
    {"alert certificate expired", "the client's certificate has expired: renew cert_file"},
    {"wrong version number", "that port does not speak TLS: use http://, or the port of HTTPS"},
    {"certificate has expired", "Consul's certificate must be renewed"},
    {"SSL certificate problem", "ca_file must be the authority that signed Consul's certificate"},
    {"no alternative certificate subject name matches",
     "set server_name to a name that is in the certificate, e.g. server.dc1.consul"},
    {"does not match target host name",
     "set server_name to a name that is in the certificate, e.g. server.dc1.consul"},
};

std::string_view remedy_of(CURLcode code, std::string_view detail) {
  for (const auto& known : kKnown) {
    if (detail.find(known.part) != std::string_view::npos) return known.remedy;
  }
  if (code == CURLE_SSL_CACERT_BADFILE) return "ca_file, or ca_path, cannot be used";
  if (code == CURLE_SSL_CERTPROBLEM) return "cert_file and key_file must be PEM files that belong together";
  return {};
}

bool says(std::string_view detail, std::string_view words) {
  return detail.find(words) != std::string_view::npos;
}

// One that is about the server itself may be gone the next time: an agent that has no certificate yet.
bool is_alert(std::string_view detail) {
  return says(detail, " alert ") && !says(detail, "alert internal error") &&
         !says(detail, "alert user canceled");
}

// The connection ended in the middle of the handshake, without a word against it: a Consul, or a proxy before
// it, that is ending or has just begun. What OpenSSL itself objects to comes from one of its "routines".
bool broke_off(CURLcode code, std::string_view detail) {
  return code == CURLE_SSL_CONNECT_ERROR &&
         (!says(detail, "routines") || says(detail, "unexpected eof") || says(detail, " alert "));
}

ErrorKind kind_of(CURLcode code, std::string_view detail) {
  if (is_alert(detail)) return ErrorKind::tls;
  return broke_off(code, detail) ? ErrorKind::unreachable : classify(code);
}

}  // namespace

Error explain_transfer(const Ending& ending) {
  const auto& [code, detail, after_handshake] = ending;
  if (code == CURLE_UNSUPPORTED_PROTOCOL) {
    return {ErrorKind::malformed, "what answers does not speak HTTP"};
  }
  Error error{kind_of(code, detail), curl_easy_strerror(code)};
  if (broke_off(code, detail) && !detail.empty()) error.message = detail;
  if (error.kind == ErrorKind::unreachable && after_handshake) {
    // The server's alert, if there was one, is lost when it closes the connection before it was read.
    error.message += "; if it demands a client's certificate: set cert_file and key_file";
  }
  if (error.kind != ErrorKind::tls) return error;
  if (!detail.empty()) error.message = detail;
  if (const auto remedy = remedy_of(code, detail); !remedy.empty()) {
    error.message += "; ";
    error.message += remedy;
  }
  return error;
}

}  // namespace rediscovery::consul
