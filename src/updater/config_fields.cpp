#include "updater/config_fields.hpp"

#include <limits>
#include <nlohmann/json.hpp>

#include "updater/config.hpp"

namespace rediscovery::updater {

using nlohmann::json;

Fields::Fields(const json& object, std::string path) : object_(object), path_(std::move(path)) {
  if (!object_.is_object()) {
    throw ConfigError((path_.empty() ? "the configuration" : path_) + ": expected an object { … }");
  }
}

std::string Fields::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

const json* Fields::any(std::string_view name) {
  known_.emplace(name);
  const auto found = object_.find(name);
  return found == object_.end() ? nullptr : &*found;
}

std::optional<std::string> Fields::text(std::string_view name) {
  const json* value = any(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string() || value->get_ref<const std::string&>().empty()) {
    throw ConfigError(path_of(name) +
                      ": expected a text that is not empty; leave the field out for its default");
  }
  return value->get<std::string>();
}

std::optional<bool> Fields::boolean(std::string_view name) {
  const json* value = any(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) throw ConfigError(path_of(name) + ": expected true or false");
  return value->get<bool>();
}

std::optional<std::vector<std::string>> Fields::texts(std::string_view name) {
  const json* value = any(name);
  if (value == nullptr) return std::nullopt;
  const std::string expected = path_of(name) + ": expected a list of texts with at least one, e.g. [\"…\"]";
  if (!value->is_array() || value->empty()) throw ConfigError(expected);
  std::vector<std::string> texts;
  for (const auto& element : *value) {
    if (!element.is_string()) throw ConfigError(expected);
    texts.push_back(element.get<std::string>());
  }
  return texts;
}

std::chrono::milliseconds Fields::milliseconds(std::string_view name, std::chrono::milliseconds fallback,
                                               std::chrono::milliseconds least,
                                               std::chrono::milliseconds most) {
  const json* value = any(name);
  if (value == nullptr) return fallback;
  const bool fits = value->is_number_integer() &&
                    (!value->is_number_unsigned() ||
                     value->get<std::uint64_t>() <= static_cast<std::uint64_t>(most.count())) &&
                    value->get<std::int64_t>() >= least.count() && value->get<std::int64_t>() <= most.count();
  if (!fits) {
    throw ConfigError(path_of(name) + ": " + value->dump() +
                      " is outside the accepted range, whole milliseconds from " +
                      std::to_string(least.count()) + " to " + std::to_string(most.count()));
  }
  return std::chrono::milliseconds(value->get<std::int64_t>());
}

int Fields::integer(std::string_view name, int fallback, int least, int most) {
  const json* value = any(name);
  if (value == nullptr) return fallback;
  const bool fits =
      value->is_number_integer() &&
      (!value->is_number_unsigned() ||
       value->get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<int>::max())) &&
      value->get<std::int64_t>() >= least && value->get<std::int64_t>() <= most;
  if (!fits) {
    throw ConfigError(path_of(name) + ": " + value->dump() +
                      " is outside the accepted range, whole numbers from " + std::to_string(least) + " to " +
                      std::to_string(most));
  }
  return value->get<int>();
}

void Fields::object(std::string_view name, const std::function<void(Fields&)>& read) {
  const json* value = any(name);
  if (value == nullptr) return;
  Fields nested(*value, path_of(name));
  read(nested);
  nested.finish();
}

void Fields::finish() const {
  for (const auto& [name, value] : object_.items()) {
    if (known_.contains(name)) continue;
    std::string message = path_of(name) + ": there is no such field; the fields here are";
    const char* separator = " ";
    for (const auto& known : known_) {
      message += separator + known;
      separator = ", ";
    }
    throw ConfigError(message);
  }
}

}  // namespace rediscovery::updater
