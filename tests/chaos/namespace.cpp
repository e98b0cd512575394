#include "chaos/namespace.hpp"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "support/file_descriptor.hpp"

namespace rediscovery::chaos {
namespace {

constexpr const char* kHole = "rediscovery0";
constexpr const char* kTable = "99";

// Empty: it went well.
std::string problem_of(const std::string& command) {
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return command + ": " + std::strerror(errno);
  std::string output;
  std::array<char, 256> part{};
  while (std::fgets(part.data(), part.size(), pipe) != nullptr) output += part.data();
  if (::pclose(pipe) == 0) return {};
  return "'" + command + "' failed: " + output.substr(0, output.find('\n'));
}

// A new namespace has a loopback device that is down, and without it nothing works.
void raise_loopback() {
  const testing::FileDescriptor any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  if (::ioctl(any.get(), SIOCGIFFLAGS, &request) == 0) {
    request.ifr_flags |= IFF_UP;
    if (::ioctl(any.get(), SIOCSIFFLAGS, &request) == 0) return;
  }
  throw std::runtime_error(std::string("the loopback device cannot be used: ") + std::strerror(errno));
}

std::string make_hole() {
  const std::string hole = kHole;
  for (const auto& command :
       {"ip tuntap add " + hole + " mode tun", "ip link set " + hole + " up",
        "ip route add default dev " + hole + " table " + kTable,
        // Ours come before the table of local addresses, which is the first one otherwise.
        std::string("ip rule add pref 50 lookup local"), std::string("ip rule del pref 0")}) {
    if (auto problem = problem_of(command); !problem.empty()) return problem;
  }
  // Else the kernel refuses loopback addresses on any other device, and the sender hears of it.
  std::ofstream file("/proc/sys/net/ipv4/conf/" + hole + "/route_localnet");
  file << "1\n";
  return file.flush() ? std::string() : "loopback addresses cannot be routed";
}

std::string rule(const std::string& verb, const std::string& from, const std::string& to) {
  return "ip rule " + verb + " pref 10 from " + from + " to " + to + " lookup " + kTable;
}

}  // namespace

Namespace::Namespace() {
  if (::unshare(CLONE_NEWNET) != 0) {
    why_not_ = std::string("no network namespace of our own (root may have one): ") + std::strerror(errno);
    return;
  }
  raise_loopback();
  why_not_ = make_hole();
}

void Namespace::cut(const std::string& one, const std::string& other) {
  for (const auto& command : {rule("add", one, other), rule("add", other, one)}) {
    if (const auto problem = problem_of(command); !problem.empty()) throw std::runtime_error(problem);
  }
}

void Namespace::heal(const std::string& one, const std::string& other) {
  for (const auto& command : {rule("del", one, other), rule("del", other, one)}) {
    if (const auto problem = problem_of(command); !problem.empty()) throw std::runtime_error(problem);
  }
}

}  // namespace rediscovery::chaos
