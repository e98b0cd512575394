#include "updater/check_host.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>

namespace rediscovery::updater {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kUnit = "redis-sentinel.service";

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  return text.str();
}

// Whoever can bind to an address is where it is.
bool is_local(const std::string& address) {
  sockaddr_storage storage{};
  socklen_t length = 0;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  if (inet_pton(AF_INET, address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    length = sizeof(*v4);
  } else if (inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    length = sizeof(*v6);
  } else {
    return false;
  }
  const int fd = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&storage), length) == 0;
  close(fd);
  return bound;
}

bool runs_in_unit(std::uint64_t process_id) {
  if (process_id == 0) return false;
  return content_of("/proc/" + std::to_string(process_id) + "/cgroup").find(kUnit) != std::string::npos;
}

ScriptFile look_at_script(const sentinel::Examination& examination, const std::string& option,
                          const std::string& path) {
  ScriptFile script{examination.observation.sentinel, option, path, {}, false, false, {}, false};
  std::error_code error;
  const auto target = fs::canonical(path, error);
  if (error || !fs::is_regular_file(target, error)) return script;
  script.target = target.string();
  script.executable = access(target.c_str(), X_OK) == 0;
  script.caged = runs_in_unit(examination.process_id);
  std::ifstream file(target, std::ios::binary);
  std::string line;
  std::getline(file, line);
  script.is_program = line.starts_with(
      "\x7f"
      "ELF");
  if (line.starts_with("#!")) {
    std::istringstream words(line.substr(2));
    std::string interpreter;
    words >> interpreter;
    const auto resolved = fs::canonical(interpreter, error);
    script.interpreter = error ? interpreter : resolved.string();
  }
  return script;
}

}  // namespace

std::vector<SecretFile> look_at_secrets(const std::string& config_path) {
  std::vector<std::string> paths;
  const std::vector<std::string> secrets = {"password", "token", "http_auth"};
  const std::function<void(const json&)> collect = [&](const json& object) {
    for (const auto& [name, value] : object.items()) {
      if (value.is_object()) collect(value);
      if (!value.is_string()) continue;
      for (const auto& secret : secrets) {
        if (name == secret) paths.push_back(config_path);
        if (name == secret + "_file") paths.push_back(value.get<std::string>());
      }
    }
  };
  const json root = json::parse(content_of(config_path), nullptr, false);
  if (root.is_object()) collect(root);
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());

  std::vector<SecretFile> files;
  for (const auto& path : paths) {
    struct stat state {};
    if (stat(path.c_str(), &state) == 0) files.push_back({path, (state.st_mode & S_IROTH) != 0});
  }
  return files;
}

// As systemd does: one unit, the administrator's before the package's, then all drop-ins by name.
Sandbox look_at_sandbox() {
  Sandbox sandbox;
  const std::vector<fs::path> folders = {"/etc/systemd/system", "/run/systemd/system",
                                         "/usr/lib/systemd/system", "/lib/systemd/system"};
  std::error_code error;
  for (const auto& folder : folders) {
    if (!fs::exists(folder / kUnit, error)) continue;
    read_unit(content_of(folder / kUnit), sandbox);
    break;
  }
  std::vector<fs::path> dropins;
  for (const auto& folder : folders) {
    for (const auto& entry : fs::directory_iterator(folder / (std::string(kUnit) + ".d"), error)) {
      const auto same = [&](const fs::path& path) { return path.filename() == entry.path().filename(); };
      if (std::none_of(dropins.begin(), dropins.end(), same)) dropins.push_back(entry.path());
    }
  }
  std::sort(dropins.begin(), dropins.end(),
            [](const fs::path& a, const fs::path& b) { return a.filename() < b.filename(); });
  for (const auto& path : dropins) read_unit(content_of(path), sandbox);
  return sandbox;
}

std::vector<ScriptFile> look_at_scripts(const sentinel::Examination& examination) {
  std::vector<ScriptFile> scripts;
  if (!is_local(examination.observation.sentinel.address)) return scripts;
  const auto add = [&](const char* option, const std::string& path) {
    if (!path.empty()) scripts.push_back(look_at_script(examination, option, path));
  };
  add("client-reconfig-script", examination.client_reconfig_script);
  add("notification-script", examination.notification_script);
  return scripts;
}

}  // namespace rediscovery::updater
