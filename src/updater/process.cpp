#include "updater/process.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <random>

namespace rediscovery::updater {
namespace {

constexpr int kFirstInherited = 3;

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
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

void hold_stop_signals() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

int wait_for_stop_signal() {
  const sigset_t set = stop_signals();
  int number = 0;
  while (sigwait(&set, &number) != 0) {
  }
  return number;
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
