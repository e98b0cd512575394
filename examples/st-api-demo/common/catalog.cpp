#include "catalog.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>

namespace st_api {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 4> kDevices{"tv", "phone", "tablet", "web"};
constexpr std::array<std::string_view, 3> kQualities{"sd", "hd", "uhd"};  // the worst first

auto rank(std::string_view quality) { return std::find(kQualities.begin(), kQualities.end(), quality); }

std::map<std::string, std::string> read_rights(const std::string& field, const json& rights) {
  if (!rights.is_object() || rights.empty()) {
    throw CatalogError(field + R"( must be an object such as {"tv": "uhd", "phone": "hd"})");
  }
  std::map<std::string, std::string> best;
  for (const auto& [device, quality] : rights.items()) {
    if (!is_device(device))
      throw CatalogError(field + "." + device + ": the devices are tv, phone, tablet and web");
    if (!quality.is_string() || !is_quality(quality.get<std::string>())) {
      throw CatalogError(field + "." + device + R"( must be "sd", "hd" or "uhd")");
    }
    best[device] = quality;
  }
  return best;
}

Content read_content(const std::string& name, const json& value) {
  if (!is_name(name))
    throw CatalogError("\"" + name + "\": a content's name is 1 to 64 letters, digits, '-' or '_'");
  if (!value.is_object()) throw CatalogError(name + " must be an object with \"title\" and \"rights\"");
  Content content;
  for (const auto& [field, part] : value.items()) {
    if (field == "title") {
      if (!part.is_string()) throw CatalogError(name + ".title must be text");
      content.title = part;
    } else if (field == "rights") {
      content.best_quality = read_rights(name + ".rights", part);
    } else {
      throw CatalogError(name + "." + field + R"( is unknown; the fields are "title" and "rights")");
    }
  }
  if (content.best_quality.empty()) throw CatalogError(name + ".rights is missing");
  return content;
}

}  // namespace

bool is_device(std::string_view text) {
  return std::find(kDevices.begin(), kDevices.end(), text) != kDevices.end();
}

bool is_quality(std::string_view text) { return rank(text) != kQualities.end(); }

bool is_name(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  return !text.empty() && text.size() <= kLongest &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; });
}

Right Content::right(const std::string& device, const std::string& quality) const {
  const auto best = best_quality.find(device);
  if (best == best_quality.end()) return Right::device_denied;
  return rank(quality) <= rank(best->second) ? Right::granted : Right::quality_denied;
}

Catalog Catalog::from_json(const std::string& text) {
  const json contents = json::parse(text, nullptr, false);
  if (!contents.is_object()) throw CatalogError("must be one JSON object with a content in each field");
  Catalog catalog;
  for (const auto& [name, value] : contents.items()) catalog.contents_[name] = read_content(name, value);
  return catalog;
}

const Content* Catalog::find(const std::string& content) const {
  const auto found = contents_.find(content);
  return found == contents_.end() ? nullptr : &found->second;
}

}  // namespace st_api
