#include "settings.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

namespace st_api {
namespace {

std::string option_of(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return "--" + name;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

std::vector<std::string> texts_of(const Setting& setting, const std::string& text) {
  return setting.kind == Setting::Kind::list ? split(text) : std::vector{text};
}

// A text, a number, or a list of texts, as the setting allows.
std::optional<std::vector<std::string>> texts_of(const Setting& setting, const Json& value) {
  if (value.is_string()) return texts_of(setting, value.get<std::string>());
  if (value.is_number_integer()) return std::vector{value.dump()};
  if (setting.kind != Setting::Kind::list || !value.is_array()) return std::nullopt;
  std::vector<std::string> texts;
  for (const auto& element : value) {
    if (!element.is_string()) return std::nullopt;
    texts.push_back(element);
  }
  return texts;
}

const Setting* find(const std::vector<Setting>& known, const std::string& name) {
  const auto found =
      std::find_if(known.begin(), known.end(), [&name](const Setting& s) { return s.name == name; });
  return found == known.end() ? nullptr : &*found;
}

// The arguments as names with values, in their order: both --name value and --name=value.
std::vector<std::pair<const Setting*, std::string>> read_arguments(
    const std::vector<Setting>& known, const std::vector<std::string>& arguments) {
  std::vector<std::pair<const Setting*, std::string>> given;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto equals = arguments[i].find('=');
    const std::string option = arguments[i].substr(0, equals);
    const auto setting = std::find_if(known.begin(), known.end(), [&option](const Setting& s) {
      return s.kind != Setting::Kind::secret && option_of(s.name) == option;
    });
    if (setting == known.end()) throw UsageError("unknown option " + option);
    if (equals != std::string::npos) {
      given.emplace_back(&*setting, arguments[i].substr(equals + 1));
    } else if (++i < arguments.size()) {
      given.emplace_back(&*setting, arguments[i]);
    } else {
      throw UsageError(option + " needs a value");
    }
  }
  return given;
}

}  // namespace

std::optional<std::string> read_whole(const std::string& path) {
  std::ifstream in(path);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad()) return std::nullopt;
  return text;
}

Level read_log_level(const Settings& settings) {
  const std::string level = settings.text("log_level", "info");
  if (level == "info") return Level::info;
  if (level == "warning") return Level::warning;
  if (level == "error") return Level::error;
  throw UsageError(settings.origin("log_level") + ": \"" + level + "\" is not info, warning or error");
}

Settings::Settings(const std::vector<Setting>& known, const std::vector<std::string>& arguments,
                   const std::map<std::string, std::string>& environment, std::string prefix)
    : prefix_(std::move(prefix)) {
  help_ = std::any_of(arguments.begin(), arguments.end(),
                      [](const std::string& argument) { return argument == "--help" || argument == "-h"; });
  if (help_) return;
  const auto given = read_arguments(known, arguments);
  std::string file;
  if (const auto variable = environment.find(variable_of("config")); variable != environment.end())
    file = variable->second;
  for (const auto& [setting, text] : given) {
    if (setting->name == "config") file = text;
  }
  if (!file.empty()) read_file(known, file);
  read_environment(known, environment);
  std::map<std::string, Value> last;
  for (const auto& [setting, text] : given) {
    Value& value = last[setting->name];
    value.origin = option_of(setting->name);
    if (setting->kind != Setting::Kind::list) value.texts.clear();  // the last one counts
    for (auto& part : texts_of(*setting, text)) value.texts.push_back(std::move(part));
  }
  for (auto& [name, value] : last) values_[name] = std::move(value);
}

std::string Settings::variable_of(std::string name) const {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
  return prefix_ + name;
}

void Settings::read_file(const std::vector<Setting>& known, const std::string& path) {
  const auto text = read_whole(path);
  if (!text) throw UsageError(option_of("config") + ": cannot read " + path);
  Json content;
  try {
    content = Json::parse(*text);
  } catch (const Json::parse_error& problem) {
    throw UsageError(path + " is not JSON: at byte " + std::to_string(problem.byte));
  } catch (const Json::out_of_range&) {
    throw UsageError(path + ": a number in it is too large");
  }
  if (!content.is_object()) throw UsageError(path + " must hold one JSON object");
  for (const auto& [name, value] : content.items()) {
    if (name == "redis" && value.is_object()) {
      redis_ = value;
      continue;
    }
    const Setting* setting = find(known, name);
    if (setting == nullptr || name == "config") throw UsageError(path + ": unknown field \"" + name + "\"");
    if (setting->kind == Setting::Kind::secret) {
      throw UsageError(path + ": \"" + name + "\" is a secret: give it in " + variable_of(name) +
                       " or in a file");
    }
    auto texts = texts_of(*setting, value);
    if (!texts) {
      throw UsageError(
          path + ": \"" + name + "\" must be " +
          (setting->kind == Setting::Kind::list ? "a list of texts" : "a text or a whole number"));
    }
    values_[name] = {*std::move(texts), name + " in " + path};
  }
}

void Settings::read_environment(const std::vector<Setting>& known,
                                const std::map<std::string, std::string>& environment) {
  for (const Setting& setting : known) {
    const auto found = environment.find(variable_of(setting.name));
    if (found != environment.end()) values_[setting.name] = {texts_of(setting, found->second), found->first};
  }
  // A variable with a slip of the pen would be without effect, and nobody would know.
  for (const auto& [variable, value] : environment) {
    const bool is_known =
        std::any_of(known.begin(), known.end(), [this, &variable = variable](const Setting& setting) {
          return variable_of(setting.name) == variable;
        });
    if (variable.starts_with(prefix_) && !is_known)
      throw UsageError("unknown environment variable " + variable);
  }
}

std::string Settings::text(const std::string& name, const std::string& otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() || found->second.texts.empty() ? otherwise : found->second.texts.front();
}

std::vector<std::string> Settings::list(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>{} : found->second.texts;
}

long Settings::number(const std::string& name, long otherwise, long least, long most) const {
  if (!has(name)) return otherwise;
  const std::string given = text(name, "");
  long value = 0;
  const char* end = given.data() + given.size();
  const auto [stopped, error] = std::from_chars(given.data(), end, value);
  if (error != std::errc{} || stopped != end || value < least || value > most) {
    throw UsageError(origin(name) + ": \"" + given + "\" is not a number from " + std::to_string(least) +
                     " to " + std::to_string(most));
  }
  return value;
}

std::string Settings::origin(const std::string& name) const {
  const auto found = values_.find(name);
  if (found != values_.end()) return found->second.origin;
  return option_of(name) + ", " + variable_of(name) + " or \"" + name + "\" in the configuration file";
}

std::map<std::string, std::string> process_environment() {
  std::map<std::string, std::string> environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string::npos) environment[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return environment;
}

}  // namespace st_api
