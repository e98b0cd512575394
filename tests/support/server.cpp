#include "support/server.hpp"

#include <csignal>
#include <deque>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "support/wait.hpp"

namespace rediscovery::testing {

Server::Server(Keeper& keeper, std::string name, std::string ip, std::uint16_t port)
    : keeper_(keeper), name_(std::move(name)), ip_(std::move(ip)), port_(port) {}

pid_t Server::pid() const {
  const std::lock_guard lock(mutex_);
  return pid_;
}

bool Server::running() const {
  const pid_t child = pid();
  return child > 0 && !keeper_.status(child).has_value();
}

void Server::launch() {
  Program what = program();
  what.log = log_path();
  const std::lock_guard lock(mutex_);
  if (pid_ > 0 && !keeper_.status(pid_)) throw std::logic_error(name_ + " runs already");
  pid_ = keeper_.spawn(what);
}

void Server::wait_ready(std::chrono::milliseconds timeout) {
  try {
    wait_until(
        [this] {
          check_alive();
          return ready();
        },
        timeout, name_ + " at " + endpoint() + " to be ready");
  } catch (const TimeoutError& error) {
    throw TimeoutError(std::string(error.what()) + "; the end of its log:\n" + log_tail());
  }
}

void Server::kill() {
  if (const pid_t child = pid(); child > 0) keeper_.signal(child, SIGKILL);
}

void Server::terminate(std::chrono::milliseconds timeout) {
  const pid_t child = pid();
  if (child <= 0) return;
  keeper_.signal(child, SIGTERM);
  wait_until([&] { return keeper_.status(child).has_value(); }, timeout, name_ + " to end after SIGTERM");
}

void Server::stop() {
  check_alive();
  keeper_.signal(pid(), SIGSTOP);
}

void Server::cont() {
  check_alive();
  keeper_.signal(pid(), SIGCONT);
}

void Server::restart(std::chrono::milliseconds timeout) {
  kill();
  launch();
  wait_ready(timeout);
}

std::string Server::log_tail(int lines) const {
  std::ifstream log(log_path());
  std::deque<std::string> last;
  for (std::string line; std::getline(log, line);) {
    last.push_back(std::move(line));
    if (last.size() > static_cast<std::size_t>(lines)) last.pop_front();
  }
  std::string text;
  for (const auto& line : last) text += line + "\n";
  return text.empty() ? "(empty log)\n" : text;
}

std::filesystem::path Server::log_path() const { return folder() / (name_ + ".log"); }

void Server::check_alive() const {
  const pid_t child = pid();
  if (child <= 0) throw std::runtime_error(name_ + " was never started");
  if (const auto status = keeper_.status(child)) {
    throw std::runtime_error(name_ + " at " + endpoint() + " does not run: " + describe_wait_status(*status) +
                             "; the end of its log:\n" + log_tail());
  }
}

}  // namespace rediscovery::testing
