#include "support/keeper.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace rediscovery::testing {
namespace {

constexpr std::size_t kMaxReply = 16384;

// posix_spawn, not fork: the owner has threads and may be instrumented.
pid_t start_keeper(int channel, int lock_fd) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  // High numbers first: dup2 onto 3 or 4 must not overwrite the other one's source.
  const int high_channel = ::fcntl(channel, F_DUPFD_CLOEXEC, 64);
  const int high_lock = lock_fd >= 0 ? ::fcntl(lock_fd, F_DUPFD_CLOEXEC, 64) : -1;
  ::posix_spawn_file_actions_adddup2(&actions, high_channel, 3);
  if (high_lock >= 0) {
    ::posix_spawn_file_actions_adddup2(&actions, high_lock, 4);
  } else {
    ::posix_spawn_file_actions_addopen(&actions, 4, "/dev/null", O_RDONLY, 0);
  }
  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  // A session of its own: Ctrl-C goes to the test alone, which then takes the servers down in order.
  const int flags = POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  ::posix_spawnattr_setflags(&attributes, static_cast<short>(flags));

  std::string program = REDISCOVERY_KEEPER_PATH;
  std::string owner = std::to_string(::getpid());
  std::array<char*, 3> arguments{program.data(), owner.data(), nullptr};
  pid_t pid = -1;
  const int code = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(high_channel);
  if (high_lock >= 0) ::close(high_lock);
  if (code != 0) {
    throw std::runtime_error("cannot start the keeper " + program + ": " +
                             std::generic_category().message(code) + "; build the target rediscovery_keeper");
  }
  return pid;
}

std::vector<std::string> receive(int channel) {
  std::string buffer(kMaxReply, '\0');
  ssize_t length = 0;
  do {
    length = ::recv(channel, buffer.data(), buffer.size(), 0);
  } while (length < 0 && errno == EINTR);
  if (length <= 0) throw std::runtime_error("the keeper is gone: was it killed?");
  std::vector<std::string> fields;
  std::size_t begin = 0;
  buffer.resize(static_cast<std::size_t>(length));
  for (std::size_t end = 0; (end = buffer.find('\0', begin)) != std::string::npos; begin = end + 1) {
    fields.push_back(buffer.substr(begin, end - begin));
  }
  if (fields.empty()) throw std::runtime_error("the keeper sent an empty reply");
  return fields;
}

std::string result_of(std::vector<std::string> reply) {
  if (reply[0] != "ok") throw std::runtime_error("keeper: " + (reply.size() > 1 ? reply[1] : reply[0]));
  return reply.size() > 1 ? std::move(reply[1]) : std::string();
}

}  // namespace

Keeper::Keeper(int lock_fd) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw std::runtime_error(std::string("socketpair: ") + std::generic_category().message(errno));
  }
  channel_ = FileDescriptor(ends[0]);
  FileDescriptor other(ends[1]);
  pid_ = start_keeper(other.get(), lock_fd);
  try {
    // Only the keeper may hold the other end now, or its death would go unnoticed.
    other.reset();
    folder_ = result_of(receive(channel_.get()));
  } catch (...) {
    channel_.reset();
    ::waitpid(pid_, nullptr, 0);
    throw;
  }
}

Keeper::~Keeper() {
  channel_.reset();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  // Only if somebody killed the keeper is there anything left to remove.
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string Keeper::request(const std::vector<std::string>& fields) {
  std::string message;
  for (const auto& field : fields) message += field + '\0';
  const std::lock_guard lock(mutex_);
  if (::send(channel_.get(), message.data(), message.size(), MSG_NOSIGNAL) < 0) {
    throw std::runtime_error(std::string("the keeper does not take requests: ") +
                             std::generic_category().message(errno));
  }
  return result_of(receive(channel_.get()));
}

pid_t Keeper::spawn(const Program& program) {
  std::vector<std::string> fields{"spawn", program.log.string(), std::to_string(program.environment.size())};
  for (const auto& [name, value] : program.environment) fields.emplace_back(name).append("=").append(value);
  fields.insert(fields.end(), program.arguments.begin(), program.arguments.end());
  return std::stoi(request(fields));
}

void Keeper::signal(pid_t child, int signal_number) {
  request({"signal", std::to_string(child), std::to_string(signal_number)});
}

std::optional<int> Keeper::status(pid_t child) {
  const std::string answer = request({"status", std::to_string(child)});
  if (answer == "running") return std::nullopt;
  return std::stoi(answer);
}

std::string describe_wait_status(int status) {
  if (WIFSIGNALED(status)) return "killed by signal " + std::to_string(WTERMSIG(status));
  return "exited with " + std::to_string(WEXITSTATUS(status));
}

}  // namespace rediscovery::testing
