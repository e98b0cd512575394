#include "dns/host_question.hpp"

#include <ares.h>
#include <arpa/inet.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <stdexcept>

namespace rediscovery::dns {
namespace {

using Clock = std::chrono::steady_clock;

// For a server's first answer; c-ares gives the next one longer.
constexpr int kServerTimeoutMs = 250;
constexpr int kTries = 2;

using Sockets = std::map<ares_socket_t, short>;
using Channel = std::unique_ptr<ares_channel_t, void (*)(ares_channel_t*)>;

Channel open_channel(const std::vector<core::Endpoint>& servers, Sockets& sockets) {
  ares_options options{};
  options.timeout = kServerTimeoutMs;
  options.tries = kTries;
  options.sock_state_cb = [](void* data, ares_socket_t socket, int readable, int writable) {
    auto& watched = *static_cast<Sockets*>(data);
    const auto events = static_cast<short>((readable != 0 ? POLLIN : 0) | (writable != 0 ? POLLOUT : 0));
    if (events == 0) {
      watched.erase(socket);
    } else {
      watched[socket] = events;
    }
  };
  options.sock_state_cb_data = &sockets;
  ares_channel_t* raw = nullptr;
  int status =
      ares_init_options(&raw, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
  if (status != ARES_SUCCESS)
    throw std::runtime_error(std::string("c-ares cannot start: ") + ares_strerror(status));
  Channel channel(raw, ares_destroy);
  std::string list;
  for (const auto& server : servers) list += (list.empty() ? "" : ",") + server.to_string();
  if (!list.empty()) status = ares_set_servers_ports_csv(channel.get(), list.c_str());
  if (status != ARES_SUCCESS)
    throw std::runtime_error("c-ares does not take the servers " + list + ": " + ares_strerror(status));
  return channel;
}

std::string text_of(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address->sa_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  } else if (address->sa_family == AF_INET6) {
    bytes = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  }
  if (bytes == nullptr || inet_ntop(address->sa_family, bytes, text.data(), text.size()) == nullptr)
    return {};
  return text.data();
}

// One name's question; c-ares answers each exactly once, also when it is destroyed.
struct Question {
  std::vector<std::string>& addresses;
  std::size_t& open;

  void answered(ares_addrinfo* found) {
    --open;
    if (found == nullptr) return;
    const std::unique_ptr<ares_addrinfo, void (*)(ares_addrinfo*)> owner(found, ares_freeaddrinfo);
    std::set<std::string> all;
    for (const auto* node = found->nodes; node != nullptr; node = node->ai_next)
      all.insert(text_of(node->ai_addr));
    all.erase("");
    addresses.assign(all.begin(), all.end());
  }
};

// Waits for the sockets, at most until c-ares wants to be called again, and calls it.
void proceed(ares_channel_t* channel, const Sockets& sockets, core::Duration left) {
  const auto most = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  timeval limit{static_cast<time_t>(most / 1000), static_cast<suseconds_t>(most % 1000 * 1000)};
  timeval next{};
  const timeval* wait = ares_timeout(channel, &limit, &next);
  std::vector<pollfd> polls;
  for (const auto& [socket, events] : sockets) polls.push_back({socket, events, 0});
  const auto wait_ms = wait->tv_sec * 1000 + (wait->tv_usec + 999) / 1000;
  const int count = poll(polls.data(), polls.size(), static_cast<int>(wait_ms));
  if (count <= 0) return ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  for (const auto& ready : polls) {
    if (ready.revents == 0) continue;
    // An error on the socket is found by trying to read it.
    const bool readable = (ready.revents & ~POLLOUT) != 0;
    const bool writable = (ready.revents & POLLOUT) != 0;
    ares_process_fd(channel, readable ? ready.fd : ARES_SOCKET_BAD, writable ? ready.fd : ARES_SOCKET_BAD);
  }
}

}  // namespace

std::map<std::string, std::vector<std::string>> ask_hosts(const std::vector<std::string>& names,
                                                          const std::vector<core::Endpoint>& servers,
                                                          core::TimePoint deadline) {
  std::map<std::string, std::vector<std::string>> result;
  for (const auto& name : names) result[name];
  std::size_t open = result.size();
  std::vector<Question> questions;
  questions.reserve(result.size());  // c-ares keeps pointers to them
  Sockets sockets;
  const Channel channel = open_channel(servers, sockets);
  ares_addrinfo_hints hints{};
  hints.ai_flags = ARES_AI_NOSORT;  // sorting would connect a socket to each address
  hints.ai_socktype = SOCK_STREAM;  // each address once
  for (auto& [name, addresses] : result) {
    questions.push_back({addresses, open});
    ares_getaddrinfo(
        channel.get(), name.c_str(), nullptr, &hints,
        [](void* question, int, int, ares_addrinfo* found) {
          static_cast<Question*>(question)->answered(found);
        },
        &questions.back());
  }
  for (auto now = Clock::now(); open > 0 && now < deadline; now = Clock::now())
    proceed(channel.get(), sockets, deadline - now);
  ares_cancel(channel.get());
  return result;
}

}  // namespace rediscovery::dns
