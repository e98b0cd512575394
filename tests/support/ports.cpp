#include <poll.h>

#include <cstring>
#include <stdexcept>

#include "support/scripted_tcp.hpp"
#include "support/sockets.hpp"

namespace rediscovery::testing {

ClosedPort::ClosedPort(const std::string& ip, std::uint16_t port) : socket_(open_socket(SOCK_STREAM)) {
  bind_socket(socket_, ip, port);  // bound, so that nobody takes it; without listen() it refuses
  port_ = local_port(socket_);
}

// Linux drops a SYN when the queue of connections to be accepted is full. A backlog of 0 still holds one;
// connects are added until one stays unanswered.
BlackHole::BlackHole(const std::string& ip, std::uint16_t port) : listener_(open_socket(SOCK_STREAM)) {
  bind_socket(listener_, ip, port);
  if (::listen(listener_.get(), 0) != 0) throw std::runtime_error("BlackHole: cannot listen on " + ip);
  port_ = local_port(listener_);
  constexpr int kPatienceMs = 50;
  constexpr int kMost = 64;
  for (int i = 0; i < kMost; ++i) {
    fillers_.push_back(open_socket(SOCK_STREAM));
    connect_socket(fillers_.back(), ip, port_);
    pollfd polled{fillers_.back().get(), POLLOUT, 0};
    if (::poll(&polled, 1, kPatienceMs) == 0) return;
  }
  throw std::runtime_error("BlackHole: this system accepts connections beyond the backlog");
}

}  // namespace rediscovery::testing
