#include "updater/process.hpp"

#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <random>
#include <system_error>

namespace rediscovery::updater {
namespace {

constexpr int kFirstInherited = 3;

sigset_t held_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

void close_inherited_descriptors() {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, kFirstInherited, ~0U, 0) == 0) return;
#endif
  // An old kernel, or a sandbox that forbids the call. Nobody hands down descriptors beyond this.
  constexpr int kLast = 4096;
  for (int fd = kFirstInherited; fd < kLast; ++fd) close(fd);
}

void ignore_broken_pipes() { std::signal(SIGPIPE, SIG_IGN); }

void hold_signals() {
  const sigset_t set = held_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

SignalFd::SignalFd() {
  const sigset_t set = held_signals();
  fd_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
}

SignalFd::~SignalFd() { close(fd_); }

std::optional<int> SignalFd::next() const {
  signalfd_siginfo info{};
  if (read(fd_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

std::string process_identity() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  const std::string name = host[0] == '\0' ? "unknown" : host.data();
  return name + ":" + std::to_string(getpid());
}

unsigned long long random_seed() {
  std::random_device device;
  return (static_cast<unsigned long long>(device()) << 32U) ^ device();
}

}  // namespace rediscovery::updater
