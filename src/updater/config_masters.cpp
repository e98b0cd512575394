// The part of config_sections.hpp about masters and how their roles are called.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "updater/config_labels.hpp"
#include "updater/config_sections.hpp"

namespace rediscovery::updater {
namespace {

using nlohmann::json;

// What a master may have of its own, before expansion.
struct Templates {
  ServiceNames names;
  LabelTemplates labels;
  bool slave_fallback = false;
};

Templates read_templates(Fields& fields, Templates templates) {
  fields.object("names", [&templates](Fields& names) {
    const auto read = [&names](const char* role, std::string& text) {
      text = names.text(role).value_or(text);
      require_known_placeholders(text, names.path_of(role));
    };
    read("master", templates.names.master);
    read("slave", templates.names.replica);
  });
  templates.labels = read_labels(fields, templates.labels);
  templates.slave_fallback = fields.boolean("slave_fallback").value_or(templates.slave_fallback);
  return templates;
}

AddressMap read_address_map(Fields& fields) {
  AddressMap map;
  const json* pairs = fields.any("address_map");
  if (pairs == nullptr) return map;
  const std::string expected =
      R"(: expected what Sentinel says and where clients reach it, e.g. {"10.0.0.5": "203.0.113.5"})";
  if (!pairs->is_object()) throw ConfigError("address_map" + expected);
  for (const auto& [from, to] : pairs->items()) {
    const auto field = "address_map." + from;
    if (!to.is_string()) throw ConfigError(field + expected);
    if (const auto problem = map.add(from, to.get<std::string>())) throw ConfigError(field + ": " + *problem);
  }
  return map;
}

MasterConfig read_master(const json& element, const std::string& path, const Templates& templates) {
  MasterConfig master;
  Templates own = templates;
  if (element.is_string()) {
    master.name = element.get<std::string>();
  } else {
    Fields fields(element, path);
    master.name = fields.text("name").value_or("");
    own = read_templates(fields, templates);
    fields.finish();
  }
  if (!is_master_name(master.name)) {
    throw ConfigError(
        path + ": \"" + master.name +
        "\" is not a master's name; expected the name from \"sentinel monitor <name> …\": letters, "
        "digits, '.', '-' and '_'");
  }
  master.services = {expand(own.names.master, master.name, Role::master),
                     expand(own.names.replica, master.name, Role::replica)};
  master.labels = expand(own.labels, master.name, path);
  master.slave_fallback = own.slave_fallback;
  for (const Role role : {Role::master, Role::replica}) {
    if (is_dns_label(master.services.of(role))) continue;
    throw ConfigError(
        path + ": the service name \"" + master.services.of(role) +
        "\" cannot be asked for in DNS; expected 1 to 63 letters, digits and dashes; set names." +
        std::string(to_string(role)));
  }
  return master;
}

// Two roles under one name would be one DNS answer with two meanings. Names are compared as DNS does.
void refuse_collisions(const std::vector<MasterConfig>& masters) {
  std::map<std::string, std::string> owners;
  for (const auto& master : masters) {
    for (const Role role : {Role::master, Role::replica}) {
      std::string name = master.services.of(role);
      std::transform(name.begin(), name.end(), name.begin(),
                     [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
      const std::string owner = std::string(to_string(role)) + " of " + master.name;
      const auto [found, is_new] = owners.emplace(name, owner);
      if (is_new) continue;
      throw ConfigError(
          "names: \"" + name + "\" would be both " + found->second + " and " + owner +
          "; give each its own, e.g. \"names\": {\"master\": \"{master_name}-master\", \"slave\": "
          "\"{master_name}-slave\"}");
    }
  }
}

}  // namespace

std::vector<MasterConfig> read_masters(Fields& fields) {
  const Templates templates = read_templates(fields, Templates{});
  const AddressMap address_map = read_address_map(fields);
  const json* list = fields.any("masters");
  if (list == nullptr || !list->is_array() || list->empty()) {
    throw ConfigError("masters: expected a list with at least one name, e.g. [\"mymaster\"]");
  }
  std::vector<MasterConfig> masters;
  for (const auto& element : *list) {
    const std::string path = "masters[" + std::to_string(masters.size()) + "]";
    masters.push_back(read_master(element, path, templates));
    masters.back().address_map = address_map;
    const auto same = [&](const MasterConfig& other) { return other.name == masters.back().name; };
    if (std::any_of(masters.begin(), masters.end() - 1, same)) {
      throw ConfigError(path + ": \"" + masters.back().name + "\" is listed twice");
    }
  }
  refuse_collisions(masters);
  return masters;
}

}  // namespace rediscovery::updater
