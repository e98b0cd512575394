// keeper: the parent of a cluster's servers.
//
//   keeper <owner's pid>       descriptor 3: the channel to the owner; 4: the address block's lock, if any
//
// It ends when the channel closes, the owner's process ends, or it gets SIGTERM, SIGINT or SIGHUP. Before
// that it kills all its descendants and removes its folder. The owner's process is watched as well as the
// channel because a test may fork, and the fork would keep the channel open.
//
// Requests and replies are single messages (SOCK_SEQPACKET) of fields, each ended by a zero byte:
//   spawn <log> <number of variables> <NAME=value>… <argument>…   → ok <pid>
//   signal <pid> <number>                                        → ok
//   status <pid>                                                 → ok running | ok <wait status>
//   anything that fails                                          → error <why>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

// NOLINTBEGIN(concurrency-mt-unsafe): one thread only

namespace {

constexpr int kChannel = 3;
constexpr int kLock = 4;
constexpr std::size_t kMaxMessage = 131072;

using Fields = std::vector<std::string>;

Fields split(const std::string& message) {
  Fields fields;
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = message.find('\0', begin)) != std::string::npos; begin = end + 1) {
    fields.push_back(message.substr(begin, end - begin));
  }
  return fields;
}

std::string error_text(const std::string& what) {
  return what + ": " + std::generic_category().message(errno);
}

class Children {
 public:
  pid_t spawn(const Fields& fields);
  void signal(pid_t pid, int number);
  std::string status(pid_t pid);
  void reap();
  void kill_all();

 private:
  std::map<pid_t, int> ended_;     // wait status
  std::map<pid_t, bool> running_;  // a zombie counts as running: its id is still ours
};

[[noreturn]] void run_child(pid_t keeper, const Fields& fields, std::vector<char*>& arguments, int report) {
  // The servers die with the keeper, also when that is killed with SIGKILL.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != keeper) ::_exit(127);
  ::setpgid(0, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);

  const int log = ::open(fields[1].c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (log >= 0 && null >= 0) {
    ::dup2(null, 0);
    ::dup2(log, 1);
    ::dup2(log, 2);
    const int variables = std::atoi(fields[2].c_str());
    for (int i = 0; i < variables; ++i) {
      ::putenv(const_cast<char*>(fields[3 + static_cast<std::size_t>(i)].c_str()));
    }
    ::execvp(arguments[0], arguments.data());
  }
  const int code = errno;
  [[maybe_unused]] const auto written = ::write(report, &code, sizeof code);
  ::_exit(127);
}

pid_t Children::spawn(const Fields& fields) {
  if (fields.size() < 4) throw std::runtime_error("spawn needs a log, variables and a program");
  std::vector<char*> arguments;
  for (std::size_t i = 3 + std::stoul(fields[2]); i < fields.size(); ++i) {
    arguments.push_back(const_cast<char*>(fields[i].c_str()));
  }
  arguments.push_back(nullptr);

  std::array<int, 2> report{};
  if (::pipe2(report.data(), O_CLOEXEC) != 0) throw std::runtime_error(error_text("pipe"));
  const pid_t keeper = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) run_child(keeper, fields, arguments, report[1]);
  ::close(report[1]);
  int code = 0;
  const bool failed = pid < 0 || ::read(report[0], &code, sizeof code) > 0;
  ::close(report[0]);
  if (pid < 0) throw std::runtime_error("fork failed");
  if (failed) {
    ::waitpid(pid, nullptr, 0);
    throw std::runtime_error("cannot run " + std::string(arguments[0]) + " with log " + fields[1] + ": " +
                             std::generic_category().message(code));
  }
  ended_.erase(pid);
  running_[pid] = true;
  return pid;
}

void Children::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    if (running_.erase(pid) > 0) ended_[pid] = status;
  }
}

void Children::signal(pid_t pid, int number) {
  reap();
  if (!running_.contains(pid)) {
    if (ended_.contains(pid)) return;
    throw std::runtime_error("no child " + std::to_string(pid));
  }
  if (::kill(pid, number) != 0) throw std::runtime_error(error_text("kill"));
  siginfo_t info{};
  if (number == SIGSTOP) {
    ::waitid(P_PID, static_cast<id_t>(pid), &info, WSTOPPED | WEXITED | WNOWAIT);
  } else if (number == SIGKILL) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    running_.erase(pid);
    ended_[pid] = status;
  }
}

std::string Children::status(pid_t pid) {
  reap();
  if (running_.contains(pid)) return "running";
  const auto found = ended_.find(pid);
  if (found == ended_.end()) throw std::runtime_error("no child " + std::to_string(pid));
  return std::to_string(found->second);
}

pid_t parent_of(const std::string& pid) {
  std::FILE* file = std::fopen(("/proc/" + pid + "/stat").c_str(), "re");
  if (file == nullptr) return -1;
  std::array<char, 512> text{};
  const std::size_t length = std::fread(text.data(), 1, text.size() - 1, file);
  std::fclose(file);
  text[length] = '\0';
  // "pid (name) state ppid …": the name may contain anything, so start behind its last parenthesis.
  const char* end_of_name = std::strrchr(text.data(), ')');
  if (end_of_name == nullptr || std::strlen(end_of_name) < 5) return -1;
  return static_cast<pid_t>(std::atol(end_of_name + 4));
}

// Scripts that a Sentinel started become children of the keeper (it is a subreaper) when the Sentinel dies,
// so killing children until there are none leaves no descendant.
void Children::kill_all() {
  const pid_t self = ::getpid();
  for (;;) {
    if (DIR* proc = ::opendir("/proc")) {
      while (const dirent* entry = ::readdir(proc)) {
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
        if (parent_of(entry->d_name) == self) ::kill(static_cast<pid_t>(std::atol(entry->d_name)), SIGKILL);
      }
      ::closedir(proc);
    } else {
      for (const auto& [pid, unused] : running_) ::kill(pid, SIGKILL);
    }
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, 0);
    if (pid < 0 && errno == ECHILD) return;
  }
}

Fields execute(Children& children, const Fields& request) {
  try {
    const std::string& verb = request.at(0);
    if (verb == "spawn") return {"ok", std::to_string(children.spawn(request))};
    if (verb == "signal") {
      children.signal(std::stoi(request.at(1)), std::stoi(request.at(2)));
      return {"ok"};
    }
    if (verb == "status") return {"ok", children.status(std::stoi(request.at(1)))};
    return {"error", "unknown request " + verb};
  } catch (const std::exception& error) {
    return {"error", error.what()};
  }
}

bool send_fields(const Fields& fields) {
  std::string message;
  for (const auto& field : fields) message += field + '\0';
  return ::send(kChannel, message.data(), message.size(), MSG_NOSIGNAL) >= 0;
}

// Serves until the owner is gone.
void serve(Children& children, int signals, int owner) {
  std::vector<char> buffer(kMaxMessage);
  for (;;) {
    std::array<pollfd, 3> polled{{{kChannel, POLLIN, 0}, {signals, POLLIN, 0}, {owner, POLLIN, 0}}};
    if (::poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) return;
    if (polled[2].revents != 0) return;
    if (polled[1].revents != 0) {
      signalfd_siginfo info{};
      if (::read(signals, &info, sizeof info) == sizeof info && info.ssi_signo != SIGCHLD) return;
      children.reap();
    }
    if (polled[0].revents != 0) {
      const ssize_t length = ::recv(kChannel, buffer.data(), buffer.size(), 0);
      if (length <= 0) return;
      if (!send_fields(execute(children, split({buffer.data(), static_cast<std::size_t>(length)})))) return;
    }
  }
}

std::string make_folder() {
  const char* base = std::getenv("TMPDIR");
  std::string path = std::string(base != nullptr && *base != '\0' ? base : "/tmp") + "/rediscovery-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr)
    throw std::runtime_error(error_text("cannot create a folder " + path));
  return path;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("keeper is started by the test cluster, not by hand\n", stderr);
    return 2;
  }
  ::fcntl(kChannel, F_SETFD, FD_CLOEXEC);
  ::fcntl(kLock, F_SETFD, FD_CLOEXEC);
  // Whatever else the owner had open is not ours to hold open.
  ::syscall(SYS_close_range, kLock + 1, ~0U, 0);

  sigset_t handled;
  ::sigemptyset(&handled);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&handled, number);
  ::sigprocmask(SIG_BLOCK, &handled, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  const int signals = ::signalfd(-1, &handled, SFD_CLOEXEC);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);

  // -1 (an old kernel) is ignored by poll: the channel alone must do then.
  const auto owner_pid = static_cast<pid_t>(std::atol(argv[1]));
  const int owner = static_cast<int>(::syscall(SYS_pidfd_open, owner_pid, 0));
  if (::getppid() != owner_pid) return 0;  // it died before it could be watched

  Children children;
  std::string folder;
  try {
    folder = make_folder();
    if (send_fields({"ok", folder})) serve(children, signals, owner);
  } catch (const std::exception& error) {
    send_fields({"error", error.what()});
  }
  children.kill_all();
  std::error_code ignored;
  if (!folder.empty()) std::filesystem::remove_all(folder, ignored);
  return 0;
}

// NOLINTEND(concurrency-mt-unsafe)
