// under_unit: executes what a systemd unit executes, under the conditions that the unit makes, without
// systemd.
//
//   under_unit <folder of what is to appear as installed> <unit> [<drop-in>…]
//
// Not made: PrivateUsers, and what the filter of system calls forbids anyway.
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <system_error>

#include "file_system.hpp"
#include "system_calls.hpp"
#include "unit_file.hpp"

namespace {

using namespace rediscovery::testing;

void must(bool done, const std::string& what) {
  if (!done) throw std::system_error(errno, std::generic_category(), what);
}

passwd user_of(const UnitFile& unit) {
  const std::string name = unit.last("User");
  const passwd* found = ::getpwnam(name.c_str());
  if (found == nullptr) throw std::runtime_error("there is no user " + name + ", which the unit names");
  return *found;
}

void become(const passwd& user, pid_t parent) {
  // An empty CapabilityBoundingSet; the kernel answers EINVAL after its last one.
  for (int capability = 0; ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; ++capability) {
  }
  must(::initgroups(user.pw_name, user.pw_gid) == 0, "initgroups");
  must(::setresgid(user.pw_gid, user.pw_gid, user.pw_gid) == 0, "setresgid");
  must(::setresuid(user.pw_uid, user.pw_uid, user.pw_uid) == 0, "setresuid");
  must(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no new privileges");
  // Whoever becomes another user loses this.
  must(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "the signal at the parent's death");
  if (::getppid() != parent) std::_Exit(EXIT_FAILURE);
}

void execute(const std::string& command) {
  auto words = split_words(command);
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::string path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  std::vector<char*> environment = {path.data(), nullptr};
  ::execve(arguments[0], arguments.data(), environment.data());
  must(false, "execution of " + command);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 3) throw std::runtime_error("usage: under_unit <staged folder> <unit> [<drop-in>…]");
    const pid_t parent = ::getppid();
    const UnitFile unit({argv + 2, argv + argc});
    const auto user = user_of(unit);
    ::umask(static_cast<mode_t>(std::strtoul(unit.last("UMask").c_str(), nullptr, 8)));
    // Before the door is shut: it takes a program to know.
    const auto allowed = allowed_calls(unit);
    enter_file_system(unit, argv[1], {user.pw_uid, user.pw_gid});
    must(::chdir("/") == 0, "chdir");
    become(user, parent);
    restrict_system_calls(unit, allowed);
    execute(unit.last("ExecStart"));
  } catch (const std::exception& error) {
    std::cerr << "under_unit: " << error.what() << "\n";
  }
  return EXIT_FAILURE;
}
