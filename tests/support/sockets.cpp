#include "support/sockets.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace rediscovery::testing {
namespace {

sockaddr_in to_address(const std::string& ip, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (::inet_pton(AF_INET, ip.c_str(), &address.sin_addr) != 1)
    throw std::invalid_argument("no IPv4 address: " + ip);
  return address;
}

[[noreturn]] void fail(const std::string& what, const std::string& ip, std::uint16_t port) {
  throw std::runtime_error(what + " " + ip + ":" + std::to_string(port) + ": " +
                           std::generic_category().message(errno));
}

}  // namespace

FileDescriptor open_socket(int type) {
  FileDescriptor socket(::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid())
    throw std::runtime_error(std::string("cannot open a socket: ") + std::generic_category().message(errno));
  return socket;
}

void bind_socket(const FileDescriptor& socket, const std::string& ip, std::uint16_t port) {
  const int on = 1;
  int type = 0;
  socklen_t length = sizeof type;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_TYPE, &type, &length);
  if (type == SOCK_STREAM) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = to_address(ip, port);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fail("cannot bind", ip, port);
  }
}

void connect_socket(const FileDescriptor& socket, const std::string& ip, std::uint16_t port) {
  const sockaddr_in address = to_address(ip, port);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      errno != EINPROGRESS) {
    fail("cannot connect to", ip, port);
  }
}

std::uint16_t local_port(const FileDescriptor& socket) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.sin_port);
}

}  // namespace rediscovery::testing
