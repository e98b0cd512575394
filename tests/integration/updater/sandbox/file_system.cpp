#include "file_system.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

namespace rediscovery::testing {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void mount_at(const char* type, const fs::path& source, const fs::path& target, unsigned long flags,
              const std::string& options) {
  if (::mount(source.c_str(), target.c_str(), type, flags, options.empty() ? nullptr : options.c_str()) !=
      0) {
    fail("mount of " + source.string() + " at " + target.string());
  }
}

void bind(const fs::path& source, const fs::path& target) {
  mount_at("none", source, target, MS_BIND | MS_REC, "");
}

void tmpfs(const fs::path& target, const std::string& options) {
  mount_at("tmpfs", "tmpfs", target, MS_NOSUID | MS_NODEV, options);
}

void set_attributes(const fs::path& path, std::uint64_t set, std::uint64_t clear) {
  struct mount_attr attributes = {};
  attributes.attr_set = set;
  attributes.attr_clr = clear;
  if (::mount_setattr(AT_FDCWD, path.c_str(), AT_RECURSIVE, &attributes, sizeof attributes) != 0) {
    fail("mount_setattr of " + path.string());
  }
}

// "-/var/lib/redis": the dash allows it to be absent.
fs::path path_of(std::string word) {
  if (word.starts_with("-")) word.erase(0, 1);
  return word;
}

std::vector<fs::path> paths(const UnitFile& unit, std::initializer_list<const char*> names) {
  std::vector<fs::path> result;
  for (const char* name : names) {
    for (const auto& word : unit.words(name)) result.push_back(path_of(word));
  }
  return result;
}

// Over the machine's own folders, so that nothing has to be written there.
void overlay(const fs::path& staged) {
  for (const auto& entry : fs::directory_iterator(staged)) {
    const fs::path target = "/" / entry.path().filename();
    mount_at("overlay", "overlay", target, 0, "lowerdir=" + entry.path().string() + ":" + target.string());
  }
}

void private_devices() {
  constexpr std::array<const char*, 5> kDevices = {"null", "zero", "full", "random", "urandom"};
  const fs::path own = "/run/devices";
  fs::create_directory(own);
  for (const char* name : kDevices) {
    std::ofstream(own / name).flush();
    bind(fs::path("/dev") / name, own / name);
  }
  bind(own, "/dev");
}

std::string owned(Owner owner, const char* mode) {
  return "uid=" + std::to_string(owner.user) + ",gid=" + std::to_string(owner.group) + ",mode=" + mode;
}

}  // namespace

void enter_file_system(const UnitFile& unit, const fs::path& staged, Owner owner) {
  if (::unshare(CLONE_NEWNS) != 0) fail("a mount namespace of its own (needs root)");
  mount_at("none", "none", "/", MS_REC | MS_PRIVATE, "");

  overlay(staged);
  tmpfs("/run", "mode=755");
  std::vector<fs::path> writable = paths(unit, {"ReadWritePaths", "ReadWriteDirectories"});
  for (const auto& name : unit.words("RuntimeDirectory")) fs::create_directories(fs::path("/run") / name);
  for (auto& path : writable) {
    const auto own = staged / path.relative_path();
    if (path.string().starts_with("/var/run/")) path = "/run" / path.lexically_relative("/var/run");
    if (!fs::exists(path)) continue;
    if (fs::exists(own)) {
      bind(own, path);
    } else {
      tmpfs(path, owned(owner, "750"));
    }
  }
  if (unit.is_on("PrivateDevices")) private_devices();
  if (unit.last("ProtectProc") == "invisible") mount_at("proc", "proc", "/proc", 0, "hidepid=invisible");
  if (unit.is_on("ProtectHome")) {
    for (const char* home : {"/home", "/root"}) tmpfs(home, "mode=0");
  }
  if (unit.is_on("PrivateTmp")) {
    for (const char* folder : {"/tmp", "/var/tmp"}) {
      tmpfs(folder, "mode=1777");
      writable.emplace_back(folder);
    }
  }

  if (unit.last("ProtectSystem") == "strict") set_attributes("/", MOUNT_ATTR_RDONLY, 0);
  for (const auto& path : writable) {
    if (fs::exists(path)) set_attributes(path, 0, MOUNT_ATTR_RDONLY);
  }
  for (const auto& path : paths(unit, {"NoExecPaths"})) set_attributes(path, MOUNT_ATTR_NOEXEC, 0);
  for (const auto& path : paths(unit, {"ExecPaths"})) {
    const auto real = fs::canonical(path);
    bind(real, real);
    set_attributes(real, 0, MOUNT_ATTR_NOEXEC);
  }
}

}  // namespace rediscovery::testing
