#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "support/file_descriptor.hpp"

namespace rediscovery::testing {

/// What the keeper is asked to run.
struct Program {
  std::vector<std::string> arguments;              // [0] is the path or a name on the PATH
  std::map<std::string, std::string> environment;  // added to the owner's
  std::filesystem::path log;                       // stdout and stderr are appended here
};

/// The owner's side of the `keeper` program, which is the parent of all servers. When the owner goes away, in
/// whatever way, the keeper kills them all and removes the folder. Thread-safe.
class Keeper {
 public:
  /// Starts a keeper. It holds `lock_fd` (see AddressBlock) open until its last child is gone; -1: nothing to
  /// hold.
  explicit Keeper(int lock_fd = -1);
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;
  /// Returns after all children are dead and the folder is removed.
  ~Keeper();

  /// A temporary folder of its own, removed at the end.
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] pid_t pid() const { return pid_; }

  /// Throws std::runtime_error when the program cannot be executed.
  pid_t spawn(const Program& program);
  /// Sends a signal to a child; SIGKILL returns when the child is gone, SIGSTOP when it is stopped. Does
  /// nothing when it has ended already: the keeper never signals a process id that could belong to somebody
  /// else.
  void signal(pid_t child, int signal_number);
  /// The wait status of a child that has ended; nothing while it runs (or is stopped).
  std::optional<int> status(pid_t child);

 private:
  std::string request(const std::vector<std::string>& fields);

  std::mutex mutex_;
  FileDescriptor channel_;
  pid_t pid_ = -1;
  std::filesystem::path folder_;
};

/// "exited with 1", "killed by signal 9".
std::string describe_wait_status(int status);

/// Full path of a program: `override_variable` (environment), then `preferred` (a path, may be empty), then
/// the PATH. Throws std::runtime_error which says how to install it.
std::string find_program(const std::string& name, const char* override_variable,
                         const std::string& preferred = {});

}  // namespace rediscovery::testing
