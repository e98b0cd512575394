#include "support/certificates.hpp"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <stdexcept>
#include <utility>

namespace rediscovery::testing {
namespace {

constexpr long kDay = 24 * 60 * 60;
constexpr long kHour = 60 * 60;

// OpenSSL answers 1, or a length or pointer, where all went well.
template <typename Result>
Result checked(Result result, const char* what) {
  if (result == Result{}) throw std::runtime_error(std::string("certificates: ") + what + " failed");
  return result;
}

std::shared_ptr<EVP_PKEY> new_key() {
  return {checked(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), "making a key"), EVP_PKEY_free};
}

bool is_address(const std::string& name) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, name.c_str(), bytes) == 1 || inet_pton(AF_INET6, name.c_str(), bytes) == 1;
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension =
      checked(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File create(const std::string& path) {
  return {checked(std::fopen(path.c_str(), "w"), path.c_str()), std::fclose};
}

}  // namespace

Certificates::Certificates(std::filesystem::path folder, const std::string& name)
    : folder_(std::move(folder)), ca_key_(new_key()) {
  std::filesystem::create_directories(folder_);
  ca_ = make(name, ca_key_, "critical,CA:TRUE", "", kDay);
  ca_file_ = write(name, ca_);
}

TlsFiles Certificates::issue(const std::string& file_name, const std::vector<std::string>& names,
                             bool expired) {
  std::string alternatives;
  for (const auto& name : names) {
    alternatives += (alternatives.empty() ? "" : ",") + std::string(is_address(name) ? "IP:" : "DNS:") + name;
  }
  const Key key = new_key();
  const auto certificate = make(file_name, key, "CA:FALSE", alternatives, expired ? -kHour : kDay);
  return {ca_file_, write(file_name, certificate), write(file_name, key)};
}

Certificates::Certificate Certificates::make(const std::string& subject, const Key& key,
                                             const std::string& constraints,
                                             const std::string& alternative_names, long seconds_left) {
  Certificate certificate(checked(X509_new(), "X509_new"), X509_free);
  X509* raw = certificate.get();
  X509* issuer = ca_ ? ca_.get() : raw;
  X509_set_version(raw, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(raw), ++serial_);
  X509_gmtime_adj(X509_getm_notBefore(raw), -kDay);
  X509_gmtime_adj(X509_getm_notAfter(raw), seconds_left);
  X509_set_pubkey(raw, key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(raw), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(subject.c_str()), -1, -1, 0);
  X509_set_issuer_name(raw, X509_get_subject_name(issuer));
  extend(raw, issuer, NID_basic_constraints, constraints);
  if (!alternative_names.empty()) extend(raw, issuer, NID_subject_alt_name, alternative_names);
  checked(X509_sign(raw, ca_key_.get(), EVP_sha256()), "signing");
  return certificate;
}

std::string Certificates::write(const std::string& file_name, const Certificate& certificate) const {
  const std::string path = folder_ / (file_name + ".crt");
  checked(PEM_write_X509(create(path).get(), certificate.get()), path.c_str());
  return path;
}

std::string Certificates::write(const std::string& file_name, const Key& key) const {
  const std::string path = folder_ / (file_name + ".key");
  checked(PEM_write_PrivateKey(create(path).get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr),
          path.c_str());
  return path;
}

}  // namespace rediscovery::testing
