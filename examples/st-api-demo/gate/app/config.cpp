#include "config.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "app/backend_config.hpp"
#include "common/settings.hpp"
#include "core/subjects.hpp"

namespace st_gate {
namespace {

using st_api::Setting;
using st_api::Settings;
using st_api::UsageError;
using Environment = std::map<std::string, std::string>;

constexpr std::array<std::pair<const char*, Command>, 6> kCommands{{{"run", Command::run},
                                                                    {"once", Command::once},
                                                                    {"plan", Command::plan},
                                                                    {"admit", Command::admit},
                                                                    {"exclude", Command::exclude},
                                                                    {"status", Command::status}}};

bool takes_names(Command command) { return command == Command::admit || command == Command::exclude; }

const std::vector<Setting>& known_settings() {
  using Kind = Setting::Kind;
  static const std::vector<Setting> known = [] {
    std::vector<Setting> all{{"config"},
                             {"consul"},
                             {"consul_token", Kind::secret},
                             {"consul_token_file"},
                             {"consul_ca_file"},
                             {"service"},
                             {"kv_prefix"},
                             {"floor_count"},
                             {"floor_percent"},
                             {"shrink_percent"},
                             {"shrink_window_ms"},
                             {"rise_ms"},
                             {"fall_ms"},
                             {"hold_ms"},
                             {"batch_ms"},
                             {"updates_per_minute"},
                             {"reconcile_ms"},
                             {"deadline_ms"},
                             {"author"},
                             {"reason"},
                             {"for"},
                             {"log_level"}};
    all.insert(all.end(), backend_settings().begin(), backend_settings().end());
    return all;
  }();
  return known;
}

std::string variable(const Environment& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

// Ours before Consul's own, of which the file comes first, as in Consul's client.
void read_token(const Settings& settings, const Environment& environment, ConsulSettings& consul) {
  consul.token = settings.text("consul_token", "");
  if (!consul.token.empty()) return;
  consul.token_file = settings.text("consul_token_file", variable(environment, "CONSUL_HTTP_TOKEN_FILE"));
  if (consul.token_file.empty()) consul.token = variable(environment, "CONSUL_HTTP_TOKEN");
}

ConsulSettings read_consul(const Settings& settings, const Environment& environment) {
  ConsulSettings consul;
  std::string url = settings.text("consul", variable(environment, "CONSUL_HTTP_ADDR"));
  if (!url.empty()) {
    if (url.find("://") == std::string::npos)
      url = (variable(environment, "CONSUL_HTTP_SSL") == "true" ? "https://" : "http://") + url;
    if (!url.starts_with("http://") && !url.starts_with("https://"))
      throw UsageError(settings.origin("consul") + ": \"" + url +
                       "\" is not the URL of a Consul agent, e.g. http://127.0.0.1:8500");
    while (url.ends_with('/')) url.pop_back();
    consul.url = url;
  }
  read_token(settings, environment, consul);
  consul.ca_file = settings.text("consul_ca_file", variable(environment, "CONSUL_CACERT"));
  return consul;
}

Rules read_rules(const Settings& settings) {
  constexpr long kDay = 86'400'000;
  Rules rules;
  const auto milliseconds = [&settings](const char* name, Millis& value, long least) {
    value = Millis(settings.number(name, value.count(), least, kDay));
  };
  rules.floor_count = static_cast<std::size_t>(settings.number("floor_count", 1, 1, 10'000));
  rules.floor_percent = static_cast<int>(settings.number("floor_percent", rules.floor_percent, 0, 100));
  rules.shrink_percent = static_cast<int>(settings.number("shrink_percent", rules.shrink_percent, 0, 100));
  milliseconds("shrink_window_ms", rules.shrink_window, 0);
  milliseconds("rise_ms", rules.rise, 0);
  milliseconds("fall_ms", rules.fall, 0);
  milliseconds("hold_ms", rules.hold, 0);
  milliseconds("batch_ms", rules.batch, 0);
  rules.updates_per_minute =
      static_cast<int>(settings.number("updates_per_minute", rules.updates_per_minute, 1, 600));
  return rules;
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "?";
}

std::string default_author(const Environment& environment, Command command) {
  if (!takes_names(command)) return "st-api-gate@" + host_name();
  for (const char* name : {"SUDO_USER", "USER", "LOGNAME"}) {
    if (const auto user = variable(environment, name); !user.empty()) return user + "@" + host_name();
  }
  return "uid " + std::to_string(getuid()) + "@" + host_name();
}

std::string read_prefix(const Settings& settings) {
  std::string prefix = settings.text("kv_prefix", "st-api-gate/");
  if (!prefix.ends_with('/')) prefix += '/';
  std::string letters = prefix;
  std::replace(letters.begin(), letters.end(), '/', '-');
  if (prefix.front() == '/' || prefix.find("//") != std::string::npos || !is_subject_name(letters))
    throw UsageError(settings.origin("kv_prefix") + ": \"" + prefix +
                     "\" is not made of letters, digits, '.', '_', '-' and single '/'");
  return prefix;
}

void read_names(const Settings& settings, Config& config) {
  // In the environment and in the file it stands for all exclusions to come.
  if (config.command != Command::exclude && settings.has("for") && settings.origin("for") == "--for")
    throw UsageError("--for goes with exclude only: an admission counts until somebody excludes the node");
  if (!takes_names(config.command)) {
    if (!config.names.empty())
      throw UsageError("\"" + config.names.front() + "\": this command takes no names");
    return;
  }
  if (config.names.empty())
    throw UsageError("name the nodes or instances, as `st-api-gate status` shows them");
  for (const auto& name : config.names) {
    if (!is_subject_name(name))
      throw UsageError(
          "\"" + name +
          "\" is not the name of a node or instance: 1 to 128 letters, digits, '.', '_' and '-'");
  }
  config.reason = settings.text("reason", "");
  if (config.command != Command::exclude) return;
  if (config.reason.empty())
    throw UsageError("an exclusion needs a reason, for those who find it: --reason TEXT");
  if (settings.has("for")) {
    config.span = parse_span(settings.text("for", ""));
    if (!config.span)
      throw UsageError(settings.origin("for") + ": \"" + settings.text("for", "") +
                       "\" is not a time such as 90s, 15m, 2h or 7d");
  }
}

// The command and its operands; what is left are settings.
std::vector<std::string> take_words(const std::vector<std::string>& arguments, Config& config) {
  std::vector<std::string> options;
  bool has_command = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& argument = arguments[i];
    if (argument == "--json") {
      config.json = true;
    } else if (argument.starts_with("-")) {
      options.push_back(argument);
      const bool has_value =
          argument.find('=') != std::string::npos || argument == "--help" || argument == "-h";
      if (!has_value && i + 1 < arguments.size()) options.push_back(arguments[++i]);
    } else if (!has_command) {
      const auto* found = std::find_if(kCommands.begin(), kCommands.end(),
                                       [&argument](const auto& known) { return argument == known.first; });
      if (found == kCommands.end())
        throw UsageError("\"" + argument + "\" is no command: run, once, plan, admit, exclude or status");
      config.command = found->second;
      has_command = true;
    } else {
      config.names.push_back(argument);
    }
  }
  return options;
}

}  // namespace

Config read_config(const std::vector<std::string>& arguments, const Environment& environment) {
  Config config;
  const auto options = take_words(arguments, config);
  const Settings settings(known_settings(), options, environment, "ST_GATE_");
  if (settings.help()) {
    config.command = Command::help;
    return config;
  }
  if (config.command == Command::help)
    throw UsageError("a command is needed: run, once, plan, admit, exclude or status");
  read_names(settings, config);
  config.author = settings.text("author", default_author(environment, config.command));
  config.consul = read_consul(settings, environment);
  config.gate.service = settings.text("service", "st-api");
  if (!is_subject_name(config.gate.service))
    throw UsageError(settings.origin("service") + ": \"" + config.gate.service +
                     "\" is not 1 to 128 letters, digits, '.', '_' and '-'");
  config.gate.kv_prefix = read_prefix(settings);
  config.gate.author = config.author;
  config.gate.rules = read_rules(settings);
  config.reconcile = Millis(settings.number("reconcile_ms", config.reconcile.count(), 100, 3'600'000));
  config.deadline = Millis(settings.number("deadline_ms", config.deadline.count(), 0, 600'000));
  config.log_level = st_api::read_log_level(settings);
  if (!takes_names(config.command)) {
    config.backend = make_backend(settings, environment);
    config.address_name = read_dns_name(settings, "name");
  }
  return config;
}

}  // namespace st_gate
