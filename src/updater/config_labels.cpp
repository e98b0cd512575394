#include "updater/config_labels.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "updater/config.hpp"

namespace rediscovery::updater {
namespace {

using nlohmann::json;

bool is_printable(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

void require_template(const std::string& text, const std::string& field) {
  require_known_placeholders(text, field);
  if (!is_printable(text)) throw ConfigError(field + ": control characters are not accepted");
}

// Unlike other lists this one may be empty: a service without tags.
void read_tags(Fields& fields, std::vector<std::string>& tags) {
  const json* list = fields.any("tags");
  if (list == nullptr) return;
  const auto field = fields.path_of("tags");
  if (!list->is_array()) throw ConfigError(field + ": expected a list of texts, e.g. [\"{master_name}\"]");
  tags.clear();
  for (const auto& element : *list) {
    if (!element.is_string() || element.get_ref<const std::string&>().empty()) {
      throw ConfigError(field + ": expected a list of texts that are not empty, e.g. [\"{master_name}\"]");
    }
    auto tag = element.get<std::string>();
    require_template(tag, field);
    tags.push_back(std::move(tag));
  }
}

void read_weights(Fields& fields, std::string_view role, consul::Weights& weights) {
  fields.object(role, [&weights](Fields& of_role) {
    constexpr int kMost = 65535;  // SRV has 16 bits; with 0 for "passing" Consul refuses the service
    weights.passing = of_role.integer("passing", weights.passing, 1, kMost);
    weights.warning = of_role.integer("warning", weights.warning, 0, kMost);
  });
}

void read_meta(Fields& fields, std::map<std::string, std::string>& meta) {
  const json* pairs = fields.any("meta");
  if (pairs == nullptr) return;
  const auto field = fields.path_of("meta");
  if (!pairs->is_object())
    throw ConfigError(field + ": expected an object of texts, e.g. {\"team\": \"web\"}");
  for (const auto& [key, value] : pairs->items()) {
    const auto path = field + "." + key;
    if (is_reserved_meta_key(key)) {
      throw ConfigError(path + ": the updater writes this key itself; choose another one");
    }
    if (!is_meta_key(key)) {
      throw ConfigError(path + ": expected a key of 1 to " + std::to_string(kLongestMetaKey) +
                        " letters, digits, '-' and '_' that does not begin with \"consul-\"");
    }
    if (!value.is_string()) throw ConfigError(path + ": expected a text");
    meta[key] = value.get<std::string>();
    require_template(meta[key], path);
  }
  constexpr std::size_t kMost = kMostMetaPairs - kReservedMetaKeys.size();
  if (meta.size() > kMost) {
    throw ConfigError(field + ": " + std::to_string(meta.size()) + " pairs are too many; at most " +
                      std::to_string(kMost) + " are accepted, because Consul takes " +
                      std::to_string(kMostMetaPairs) + " and the updater writes some itself");
  }
}

}  // namespace

LabelTemplates read_labels(Fields& fields, const LabelTemplates& defaults) {
  LabelTemplates labels = defaults;
  read_tags(fields, labels.tags);
  fields.object("weights", [&labels](Fields& weights) {
    read_weights(weights, to_string(Role::master), labels.master_weights);
    read_weights(weights, to_string(Role::replica), labels.replica_weights);
  });
  read_meta(fields, labels.meta);
  return labels;
}

Labels expand(const LabelTemplates& templates, std::string_view master_name, const std::string& path) {
  Labels labels;
  for (const Role role : {Role::master, Role::replica}) {
    auto& of_role = labels.of(role);
    of_role.weights = role == Role::master ? templates.master_weights : templates.replica_weights;
    for (const auto& tag : templates.tags) {
      of_role.tags.push_back(expand(tag, master_name, role));
      if (std::count(of_role.tags.begin(), of_role.tags.end(), of_role.tags.back()) > 1) {
        throw ConfigError(path + ": the tag \"" + of_role.tags.back() +
                          "\" is there twice; look at \"tags\"");
      }
    }
    for (const auto& [key, value] : templates.meta) {
      auto& text = of_role.meta[key] = expand(value, master_name, role);
      if (text.size() > kLongestMetaValue) {
        throw ConfigError(path + ": meta." + key + " has " + std::to_string(text.size()) +
                          " bytes; Consul accepts at most " + std::to_string(kLongestMetaValue));
      }
    }
  }
  return labels;
}

void require_known_placeholders(const std::string& text, const std::string& field) {
  const auto unknown = unknown_placeholder(text);
  if (!unknown) return;
  throw ConfigError(field + ": there is no placeholder \"" + std::string(*unknown) + "\" (in \"" + text +
                    "\"); the placeholders are {master_name} and {role}");
}

}  // namespace rediscovery::updater
