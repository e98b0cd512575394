// "tags", "weights" and "meta": for all masters, or for one of them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "updater/config_fields.hpp"
#include "updater/labels.hpp"

namespace rediscovery::updater {

// Before the templates are expanded.
struct LabelTemplates {
  std::vector<std::string> tags = {"{master_name}"};
  consul::Weights master_weights;
  consul::Weights replica_weights;
  std::map<std::string, std::string> meta;
};

// What `fields` say, and for what they leave open `defaults`: tags as a whole, weights and meta one by one.
// Throws ConfigError.
[[nodiscard]] LabelTemplates read_labels(Fields& fields, const LabelTemplates& defaults);

// Throws ConfigError, with `path` of the master, for what only shows when the names are filled in.
[[nodiscard]] Labels expand(const LabelTemplates& templates, std::string_view master_name,
                            const std::string& path);

// Throws ConfigError naming `field` if `text` has a placeholder that there is not.
void require_known_placeholders(const std::string& text, const std::string& field);

}  // namespace rediscovery::updater
