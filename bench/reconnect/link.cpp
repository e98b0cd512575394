#include "link.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace rediscovery::bench {
namespace {

constexpr std::uint16_t kRedisPort = 6379;
// The silence_timeout and connect_timeout of the library are 500 and 250 ms.
constexpr timeval kPatience{0, 500'000};

[[noreturn]] void fail(const std::string& doing) { throw LinkError(doing + ": " + std::strerror(errno)); }

std::string encode(const std::vector<std::vector<std::string>>& commands) {
  std::string bytes;
  for (const auto& command : commands) {
    bytes += "*" + std::to_string(command.size()) + "\r\n";
    for (const auto& word : command) bytes += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  }
  return bytes;
}

}  // namespace

LinkTls::LinkTls(const std::optional<testing::TlsFiles>& files) {
  if (!files) return;
  context_.reset(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (!context_ || SSL_CTX_load_verify_locations(context_.get(), files->ca.c_str(), nullptr) != 1 ||
      SSL_CTX_use_certificate_chain_file(context_.get(), files->cert.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context_.get(), files->key.c_str(), SSL_FILETYPE_PEM) != 1)
    throw LinkError("OpenSSL does not take the certificates");
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
}

void Link::Free::operator()(ssl_st* tls) const { SSL_free(tls); }

Link::Link(const LinkTls& tls, const std::string& ip)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int on = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  for (const int which : {SO_RCVTIMEO, SO_SNDTIMEO})
    ::setsockopt(socket_.get(), SOL_SOCKET, which, &kPatience, sizeof kPatience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(kRedisPort);
  ::inet_pton(AF_INET, ip.c_str(), &address.sin_addr);
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail("connect");
  if (tls.context() == nullptr) return;
  tls_.reset(SSL_new(tls.context()));
  SSL_set_fd(tls_.get(), socket_.get());
  if (SSL_connect(tls_.get()) != 1) throw LinkError("TLS handshake");
}

std::string Link::round_trip(const std::vector<std::vector<std::string>>& commands) {
  write(encode(commands));
  std::string line;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    line = read_line();
    if (line.starts_with('-')) break;
  }
  return line;
}

void Link::write(const std::string& bytes) {
  if (tls_) {
    if (SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())) <= 0)
      throw LinkError("TLS write");
  } else if (::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
             static_cast<ssize_t>(bytes.size())) {
    fail("send");
  }
}

std::string Link::read_line() {
  for (;;) {
    if (const auto end = received_.find("\r\n"); end != std::string::npos) {
      std::string line = received_.substr(0, end);
      received_.erase(0, end + 2);
      return line;
    }
    std::array<char, 4096> buffer{};
    const ssize_t got = tls_ ? SSL_read(tls_.get(), buffer.data(), buffer.size())
                             : ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got == 0) throw LinkError("recv: the server closed the connection");
    if (got < 0) fail("recv");
    received_.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace rediscovery::bench
