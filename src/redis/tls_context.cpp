#include "redis/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <new>

#include "redis/read_file.hpp"

namespace rediscovery::redis {
namespace {

// OpenSSL's words for a file that is missing are about its own insides.
void require_readable(const char* setting, const std::string& path) {
  constexpr std::size_t kMost = 16 << 20;  // a system's authorities together are a quarter of a megabyte
  const std::string problem = read_file(path, kMost).problem;
  if (!problem.empty()) throw TlsSettingsError(setting, "'" + path + "' " + problem);
}

[[noreturn]] void refuse(const char* setting, const std::string& path, const std::string& problem) {
  ERR_clear_error();
  throw TlsSettingsError(setting, "'" + path + "' " + problem);
}

// SSL_set_tlsext_host_name() is a macro with a cast that the compiler is told to refuse.
long set_server_name(SSL* session, std::string name) {
  return SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
}

// In place of OpenSSL's own, which would ask on the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

}  // namespace

std::string expected_peer(const TlsSettings& settings, const core::Endpoint& endpoint) {
  std::string name = settings.server_name;
  if (name.empty()) name = endpoint.name;
  if (name.empty()) name = settings.name_of_unnamed;
  if (name.empty()) name = endpoint.address;
  if (name.ends_with('.')) name.pop_back();  // certificates and SNI are without it
  return name;
}

TlsContext::TlsContext(TlsSettings settings)
    : settings_(std::move(settings)), context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
  if (!context_) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  // A connection is idle most of its life, and what is still to be sent may have been moved meanwhile.
  SSL_CTX_set_mode(context_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                       SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(context_.get(), SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_default_passwd_cb(context_.get(), no_passphrase);
  if (settings_.verify) trust();
  if (!settings_.cert_file.empty()) identify();
  ERR_clear_error();
}

void TlsContext::trust() {
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  if (settings_.ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context_.get());
    return;
  }
  require_readable("ca_file", settings_.ca_file);
  if (SSL_CTX_load_verify_locations(context_.get(), settings_.ca_file.c_str(), nullptr) != 1) {
    refuse("ca_file", settings_.ca_file, "holds no certificate in PEM form");
  }
}

void TlsContext::identify() {
  require_readable("cert_file", settings_.cert_file);
  require_readable("key_file", settings_.key_file);
  if (SSL_CTX_use_certificate_chain_file(context_.get(), settings_.cert_file.c_str()) != 1) {
    refuse("cert_file", settings_.cert_file, "holds no certificate in PEM form");
  }
  if (SSL_CTX_use_PrivateKey_file(context_.get(), settings_.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    const bool other = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH;
    refuse("key_file", settings_.key_file,
           other ? "is not the key of the certificate in '" + settings_.cert_file + "'"
                 : "holds no key in PEM form without a passphrase");
  }
}

std::unique_ptr<ssl_st, void (*)(ssl_st*)> TlsContext::new_session(const core::Endpoint& endpoint) const {
  ERR_clear_error();
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> session(SSL_new(context_.get()), SSL_free);
  if (!session) return session;
  const std::string peer = expected_peer(settings_, endpoint);
  X509_VERIFY_PARAM* parameters = SSL_get0_param(session.get());
  bool prepared = false;
  if (core::is_numeric_address(peer)) {
    prepared = X509_VERIFY_PARAM_set1_ip_asc(parameters, peer.c_str()) == 1;  // SNI is for names only
  } else {
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    prepared = X509_VERIFY_PARAM_set1_host(parameters, peer.data(), peer.size()) == 1 &&
               set_server_name(session.get(), peer) == 1;
  }
  if (!prepared) session.reset();
  return session;
}

}  // namespace rediscovery::redis
