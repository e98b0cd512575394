#include "support/dns_client.hpp"

#include <poll.h>

#include <array>
#include <atomic>
#include <stdexcept>

#include "support/sockets.hpp"
#include "support/wait.hpp"

namespace rediscovery::testing {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint16_t kUdpSize = 4096;

class Exchange {
 public:
  Exchange(const std::string& ip, std::uint16_t port, const std::string& name, DnsType type,
           std::chrono::milliseconds timeout)
      : ip_(ip), port_(port), timeout_(timeout), deadline_(Clock::now() + timeout) {
    static std::atomic<std::uint16_t> next_id{1};
    query_.id = next_id++;
    query_.question.name = name;
    query_.question.type = type;
    query_.question.udp_size = kUdpSize;
  }

  DnsMessage over_udp() {
    const FileDescriptor socket = open_socket(SOCK_DGRAM);
    connect_socket(socket, ip_, port_);
    const std::string bytes = encode(query_);
    if (::send(socket.get(), bytes.data(), bytes.size(), 0) < 0) fail();
    for (;;) {
      wait(socket, POLLIN);
      std::array<char, 65536> buffer{};
      const ssize_t length = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
      // Nobody listens there (yet): report it as silence, at once.
      if (length < 0) fail();
      const auto answer = decode({buffer.data(), static_cast<std::size_t>(length)});
      if (answer && answer->id == query_.id) return *answer;
    }
  }

  DnsMessage over_tcp() {
    const FileDescriptor socket = open_socket(SOCK_STREAM);
    connect_socket(socket, ip_, port_);
    wait(socket, POLLOUT);
    const std::string bytes = encode(query_);
    const std::string framed =
        std::string{static_cast<char>(bytes.size() >> 8), static_cast<char>(bytes.size() & 0xff)} + bytes;
    if (::send(socket.get(), framed.data(), framed.size(), MSG_NOSIGNAL) < 0) fail();
    const std::string head = receive(socket, 2);
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(head[0])) << 8 |
                        static_cast<unsigned char>(head[1]);
    const auto answer = decode(receive(socket, length));
    if (!answer) fail();
    return *answer;
  }

 private:
  [[noreturn]] void fail() const {
    throw TimeoutError("no DNS answer for " + query_.question.name + " " + to_string(query_.question.type) +
                       " from " + ip_ + ":" + std::to_string(port_) + " within " +
                       std::to_string(timeout_.count()) + " ms");
  }

  void wait(const FileDescriptor& socket, short events) const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
    pollfd polled{socket.get(), events, 0};
    if (left <= 0 || ::poll(&polled, 1, static_cast<int>(left)) <= 0) fail();
  }

  std::string receive(const FileDescriptor& socket, std::size_t length) const {
    std::string bytes;
    while (bytes.size() < length) {
      wait(socket, POLLIN);
      std::array<char, 4096> buffer{};
      const ssize_t got =
          ::recv(socket.get(), buffer.data(), std::min(buffer.size(), length - bytes.size()), 0);
      if (got <= 0) fail();
      bytes.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return bytes;
  }

  const std::string& ip_;
  std::uint16_t port_;
  std::chrono::milliseconds timeout_;
  Clock::time_point deadline_;
  DnsMessage query_;
};

}  // namespace

DnsMessage dns_query(const std::string& server_ip, std::uint16_t server_port, const std::string& name,
                     DnsType type, std::chrono::milliseconds timeout) {
  Exchange exchange(server_ip, server_port, name, type, timeout);
  DnsMessage answer = exchange.over_udp();
  return answer.truncated ? exchange.over_tcp() : answer;
}

DnsMessage dns_query_tcp(const std::string& server_ip, std::uint16_t server_port, const std::string& name,
                         DnsType type, std::chrono::milliseconds timeout) {
  return Exchange(server_ip, server_port, name, type, timeout).over_tcp();
}

}  // namespace rediscovery::testing
