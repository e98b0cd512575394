#include "updater/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstring>
#include <ctime>

namespace rediscovery::updater {
namespace {

std::optional<long long> number(const std::optional<std::string>& text) {
  long long value = 0;
  if (!text) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || value <= 0) return std::nullopt;
  return value;
}

// systemd compares it with its own clock, to tell a reload's READY=1 from an earlier one.
long long monotonic_microseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
}

std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return line;
}

}  // namespace

ServiceManager::ServiceManager(const consul::Environment& environment, long pid)
    : socket_(environment("NOTIFY_SOCKET").value_or("")) {
  sockaddr_un address{};
  const bool usable = !socket_.empty() && (socket_[0] == '/' || socket_[0] == '@') &&
                      socket_.size() < sizeof address.sun_path;
  if (!usable) socket_.clear();
  const auto watched = number(environment("WATCHDOG_PID"));
  if (const auto interval = number(environment("WATCHDOG_USEC")); interval && (!watched || *watched == pid))
    watchdog_ = std::chrono::microseconds(*interval);
  if (!socket_.empty()) fd_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

ServiceManager::~ServiceManager() {
  if (fd_ >= 0) close(fd_);
}

void ServiceManager::ready(std::string_view status) { send("READY=1\nSTATUS=" + one_line(status)); }
void ServiceManager::status(std::string_view status) { send("STATUS=" + one_line(status)); }
void ServiceManager::reloading() {
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_microseconds()));
}
void ServiceManager::stopping() { send("STOPPING=1"); }
void ServiceManager::alive() { send("WATCHDOG=1"); }

void ServiceManager::send(std::string_view message) const {
  if (fd_ < 0) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_[0] == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  [[maybe_unused]] const auto sent = sendto(fd_, message.data(), message.size(), MSG_NOSIGNAL,
                                            reinterpret_cast<const sockaddr*>(&address), size);
}

}  // namespace rediscovery::updater
