#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

struct evp_pkey_st;
struct x509_st;

namespace rediscovery::testing {

/// How a server, or a client, shows itself over TLS: PEM files.
struct TlsFiles {
  std::string ca;
  std::string cert;
  std::string key;
};

/// A certificate authority, and what it has signed, as files in a folder. Throws std::runtime_error.
class Certificates {
 public:
  /// `name` is that of the authority, and of its files.
  Certificates(std::filesystem::path folder, const std::string& name);

  [[nodiscard]] const std::string& ca_file() const { return ca_file_; }
  /// A certificate for these names, DNS names and numeric addresses; with none, that of a client. Valid from
  /// a day ago until in a day, or until an hour ago.
  [[nodiscard]] TlsFiles issue(const std::string& file_name, const std::vector<std::string>& names,
                               bool expired = false);

 private:
  using Key = std::shared_ptr<evp_pkey_st>;
  using Certificate = std::shared_ptr<x509_st>;

  /// For the subject and key, signed by the authority, or by itself while there is none.
  [[nodiscard]] Certificate make(const std::string& subject, const Key& key, const std::string& constraints,
                                 const std::string& alternative_names, long seconds_left);
  [[nodiscard]] std::string write(const std::string& file_name, const Certificate& certificate) const;
  [[nodiscard]] std::string write(const std::string& file_name, const Key& key) const;

  std::filesystem::path folder_;
  Key ca_key_;
  Certificate ca_;
  std::string ca_file_;
  long serial_ = 0;
};

}  // namespace rediscovery::testing
