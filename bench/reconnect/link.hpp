// The least that one can do to talk to Redis: a blocking socket, TLS where it must be, whole replies of one
// line.
#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/certificates.hpp"
#include "support/file_descriptor.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace rediscovery::bench {

// A connection could not be made, was lost, or stayed silent.
class LinkError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What all TLS connections of a client share, made once; empty without TLS.
class LinkTls {
 public:
  explicit LinkTls(const std::optional<testing::TlsFiles>& files);
  [[nodiscard]] ssl_ctx_st* context() const { return context_.get(); }

 private:
  std::shared_ptr<ssl_ctx_st> context_;
};

class Link {
 public:
  // Connected when it returns, over TLS too. Throws LinkError.
  Link(const LinkTls& tls, const std::string& ip);
  Link(Link&&) noexcept = default;
  Link& operator=(Link&&) noexcept = default;
  ~Link() = default;

  // Sends these commands in one write, and returns the line of the last one's reply: "+OK", "-READONLY …".
  // The first error ends it. Throws LinkError.
  std::string round_trip(const std::vector<std::vector<std::string>>& commands);

 private:
  struct Free {
    void operator()(ssl_st* tls) const;
  };
  void write(const std::string& bytes);
  std::string read_line();

  testing::FileDescriptor socket_;
  std::unique_ptr<ssl_st, Free> tls_;
  std::string received_;
};

}  // namespace rediscovery::bench
