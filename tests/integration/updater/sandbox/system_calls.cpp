#include "system_calls.hpp"

#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <set>
#include <stdexcept>

namespace rediscovery::testing {
namespace {

// One filter for each directive, as systemd has it: of what they say to a call, the strictest counts.
class Filter {
 public:
  explicit Filter(std::uint32_t otherwise) : context_(seccomp_init(otherwise), seccomp_release) {
    if (!context_) throw std::runtime_error("seccomp_init failed");
  }
  void add(std::uint32_t action, const std::string& call, const std::vector<scmp_arg_cmp>& arguments = {}) {
    const int number = seccomp_syscall_resolve_name(call.c_str());
    if (number == __NR_SCMP_ERROR) return;  // not on this architecture
    const int error = seccomp_rule_add_array(context_.get(), action, number,
                                             static_cast<unsigned>(arguments.size()), arguments.data());
    if (error != 0) throw std::runtime_error("seccomp: no rule for " + call + ": " + std::to_string(error));
  }
  void load() {
    if (const int error = seccomp_load(context_.get()); error != 0) {
      throw std::runtime_error("seccomp: the filter cannot be loaded: " + std::to_string(error));
    }
  }

 private:
  std::unique_ptr<void, void (*)(scmp_filter_ctx)> context_;
};

constexpr std::uint32_t refuse(int error) { return SCMP_ACT_ERRNO(static_cast<std::uint32_t>(error)); }

scmp_arg_cmp has_all(unsigned argument, std::uint64_t bits) {
  return {argument, SCMP_CMP_MASKED_EQ, bits, bits};
}

// The members of a group, e.g. "@file-system", groups in it included.
void expand(const std::string& name, CallNames& into) {
  if (!name.starts_with("@")) {
    into.insert(name);
    return;
  }
  const std::string command = "systemd-analyze syscall-filter " + name + " 2>&1";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  if (!pipe) throw std::runtime_error("cannot run " + command);
  std::vector<std::string> members;
  std::string line;
  for (int c = 0; (c = std::fgetc(pipe.get())) != EOF;) {
    if (c != '\n') {
      line += static_cast<char>(c);
      continue;
    }
    const auto words = split_words(line);
    line.clear();
    if (!words.empty() && words[0] != name && !words[0].starts_with("#")) members.push_back(words[0]);
  }
  if (members.empty()) throw std::runtime_error("nothing comes from: " + command + "; is systemd installed?");
  for (const auto& member : members) expand(member, into);
}

void filter_calls(const CallNames& allowed) {
  Filter filter(SCMP_ACT_KILL_PROCESS);
  for (const auto& name : allowed) filter.add(SCMP_ACT_ALLOW, name);
  filter.load();
}

void filter_families(const UnitFile& unit) {
  std::set<std::uint64_t> allowed;
  for (const auto& word : unit.words("RestrictAddressFamilies")) {
    if (word == "AF_INET")
      allowed.insert(AF_INET);
    else if (word == "AF_INET6")
      allowed.insert(AF_INET6);
    else if (word == "AF_UNIX")
      allowed.insert(AF_UNIX);
    else
      throw std::runtime_error("RestrictAddressFamilies=" + word + " is not known here");
  }
  if (allowed.empty()) return;
  Filter filter(SCMP_ACT_ALLOW);
  for (std::uint64_t family = 0; family < *allowed.rbegin(); ++family) {
    if (!allowed.contains(family)) {
      filter.add(refuse(EAFNOSUPPORT), "socket", {{0, SCMP_CMP_EQ, family, 0}});
    }
  }
  filter.add(refuse(EAFNOSUPPORT), "socket", {{0, SCMP_CMP_GT, *allowed.rbegin(), 0}});
  filter.load();
}

void filter_namespaces() {
  Filter filter(SCMP_ACT_ALLOW);
  filter.add(refuse(EPERM), "setns");
  // Its flags are in memory, where no filter can look; the C library then takes clone.
  filter.add(refuse(ENOSYS), "clone3");
  for (const int flag : {CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET,
                         CLONE_NEWCGROUP}) {
    for (const char* call : {"unshare", "clone"}) {
      filter.add(refuse(EPERM), call, {has_all(0, static_cast<std::uint64_t>(flag))});
    }
  }
  filter.load();
}

void filter_memory() {
  Filter filter(SCMP_ACT_ALLOW);
  filter.add(refuse(EPERM), "mmap", {has_all(2, PROT_WRITE | PROT_EXEC)});
  filter.add(refuse(EPERM), "mprotect", {has_all(2, PROT_EXEC)});
  filter.add(refuse(EPERM), "pkey_mprotect", {has_all(2, PROT_EXEC)});
  filter.add(refuse(EPERM), "shmat", {has_all(2, SHM_EXEC)});
  filter.load();
}

}  // namespace

CallNames allowed_calls(const UnitFile& unit) {
  CallNames allowed;
  expand("@default", allowed);
  for (const auto& value : unit.all("SystemCallFilter")) {
    const bool without = value.starts_with("~");
    CallNames names;
    for (const auto& word : split_words(without ? value.substr(1) : value)) expand(word, names);
    for (const auto& name : names) {
      if (without) {
        allowed.erase(name);
      } else {
        allowed.insert(name);
      }
    }
  }
  return allowed;
}

void restrict_system_calls(const UnitFile& unit, const CallNames& allowed) {
  filter_families(unit);
  if (unit.is_on("RestrictNamespaces")) filter_namespaces();
  if (unit.is_on("MemoryDenyWriteExecute")) filter_memory();
  // Last: it may forbid what the others need to be loaded.
  filter_calls(allowed);
}

}  // namespace rediscovery::testing
