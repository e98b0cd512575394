#include "consul/answer.hpp"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <string_view>

#include "consul/base64.hpp"
#include "consul/number.hpp"

namespace rediscovery::consul {
namespace {

using nlohmann::json;

std::string words_of(std::string_view text) { return text.empty() ? "(empty)" : std::string(text); }

Error malformed(std::string_view what, const HttpAnswer& answer) {
  return {ErrorKind::malformed,
          std::string(what) + " in Consul's answer, which begins: " + words_of(answer.body)};
}

bool contains(std::string_view text, std::string_view part) {
  const auto lower = [](unsigned char c) { return std::tolower(c); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), [&](char a, char b) {
           return lower(static_cast<unsigned char>(a)) == lower(static_cast<unsigned char>(b));
         }) != text.end();
}

bool is_acl_text(std::string_view text) {
  return contains(text, "permission denied") || contains(text, "acl not found");
}

// 409: every operation that failed is listed. Without permission nothing else matters; a lost race explains
// whatever else failed with it, because the others were planned from what is now outdated.
Error explain_conflict(const HttpAnswer& answer) {
  const json body = json::parse(answer.body, nullptr, false);
  if (!body.is_object() || !body.contains("Errors") || !body["Errors"].is_array() || body["Errors"].empty()) {
    return malformed("409 without a list of errors", answer);
  }
  Error error{ErrorKind::rejected, ""};
  const auto rank = [](ErrorKind kind) {
    switch (kind) {
      case ErrorKind::permission_denied:
        return 0;
      case ErrorKind::lost_race:
        return 1;
      case ErrorKind::rejected:
        return 2;
      default:
        return 3;
    }
  };
  for (const auto& entry : body["Errors"]) {
    if (!entry.is_object() || !entry.contains("What") || !entry["What"].is_string()) {
      return malformed("409 with an error that says nothing", answer);
    }
    const auto& what = entry["What"].get_ref<const std::string&>();
    const ErrorKind kind = classify_transaction_error(what);
    if (error.message.empty() || rank(kind) < rank(error.kind)) error = {kind, words_of(what)};
  }
  return error;
}

// Absent and null are both "no"; anything but an object of strings is not Consul.
bool read_meta(const json& object, const char* name, Meta& meta) {
  if (!object.contains(name) || object[name].is_null()) return true;
  if (!object[name].is_object()) return false;
  for (const auto& [key, value] : object[name].items()) {
    if (!value.is_string()) return false;
    meta[key] = value.get<std::string>();
  }
  return true;
}

bool read_text(const json& object, const char* name, std::string& text) {
  if (!object.contains(name) || !object[name].is_string()) return false;
  text = object[name].get<std::string>();
  return true;
}

bool read_tags(const json& service, std::vector<std::string>& tags) {
  if (!service.contains("Tags") || service["Tags"].is_null()) return true;
  if (!service["Tags"].is_array()) return false;
  for (const auto& tag : service["Tags"]) {
    if (!tag.is_string()) return false;
    tags.push_back(tag.get<std::string>());
  }
  return true;
}

// Absent, as before Consul 1.2.3: what DNS makes of it.
bool read_weights(const json& service, Weights& weights) {
  if (!service.contains("Weights") || service["Weights"].is_null()) return true;
  const auto& object = service["Weights"];
  const auto read = [&object](const char* name, int& weight) {
    const auto value = object.contains(name) ? read_u16(object[name]) : std::nullopt;
    weight = value.value_or(0);
    return value.has_value();
  };
  return object.is_object() && read("Passing", weights.passing) && read("Warning", weights.warning);
}

bool read_checks(const json& list, std::map<std::string, std::string>& checks) {
  if (list.is_null()) return true;
  if (!list.is_array()) return false;
  for (const auto& check : list) {
    std::string id;
    if (!check.is_object() || !read_text(check, "CheckID", id) || !read_text(check, "Status", checks[id])) {
      return false;
    }
  }
  return true;
}

bool read_entry(const json& item, ServiceEntry& entry) {
  if (!item.is_object() || !item.contains("Node") || !item.contains("Service")) return false;
  const auto& node = item["Node"];
  const auto& service = item["Service"];
  if (!node.is_object() || !service.is_object() || !read_text(node, "Node", entry.node) ||
      !read_text(node, "Address", entry.node_address) || !read_text(service, "ID", entry.id) ||
      !read_text(service, "Service", entry.service) || !read_text(service, "Address", entry.address)) {
    return false;
  }
  const auto port = service.contains("Port") ? read_u16(service["Port"]) : std::nullopt;
  if (!port) return false;
  entry.port = *port;
  const auto checks = item.find("Checks");
  return read_tags(service, entry.tags) && read_meta(service, "Meta", entry.meta) &&
         read_weights(service, entry.weights) && read_meta(node, "Meta", entry.node_meta) &&
         (checks == item.end() || read_checks(*checks, entry.checks));
}

}  // namespace

ErrorKind classify_transaction_error(std::string_view what) {
  if (is_acl_text(what)) return ErrorKind::permission_denied;
  if (contains(what, "index is stale") || contains(what, "already exists")) return ErrorKind::lost_race;
  if (contains(what, "missing node registration") || contains(what, "missing service registration"))
    return ErrorKind::missing_registration;
  return ErrorKind::rejected;
}

Error explain_status(const HttpAnswer& answer) {
  if (answer.status == 409) return explain_conflict(answer);
  const std::string text = "HTTP " + std::to_string(answer.status) + ": " + words_of(answer.body);
  if (answer.status == 401 || answer.status == 403) return {ErrorKind::permission_denied, text};
  if (answer.status == 413) return {ErrorKind::too_large, text};
  if (answer.status == 429 || answer.status >= 500) {
    // A follower passes the leader's refusal on as its own 500.
    return {is_acl_text(answer.body) ? ErrorKind::permission_denied : ErrorKind::unavailable, text};
  }
  if (answer.status >= 400) return {ErrorKind::rejected, text};
  return {ErrorKind::malformed, text};
}

Outcome<std::optional<KvEntry>> parse_kv(const HttpAnswer& answer) {
  if (answer.status == 404) return std::optional<KvEntry>();
  if (answer.status != 200) return explain_status(answer);
  const json body = json::parse(answer.body, nullptr, false);
  if (!body.is_array() || body.size() != 1 || !body[0].is_object()) return malformed("no single key", answer);
  const auto& item = body[0];
  if (!item.contains("ModifyIndex") || !item["ModifyIndex"].is_number_unsigned() || !item.contains("Value")) {
    return malformed("a key without Value or ModifyIndex", answer);
  }
  KvEntry entry;
  entry.modify_index = item["ModifyIndex"].get<std::uint64_t>();
  if (item["Value"].is_null()) return std::optional(entry);  // a key with an empty value
  if (!item["Value"].is_string()) return malformed("a Value that is no text", answer);
  auto value = base64_decode(item["Value"].get_ref<const std::string&>());
  if (!value) return malformed("a Value that is not base64", answer);
  entry.value = std::move(*value);
  return std::optional(std::move(entry));
}

Outcome<std::vector<ServiceEntry>> parse_service(const HttpAnswer& answer) {
  if (answer.status != 200) return explain_status(answer);
  const json body = json::parse(answer.body, nullptr, false);
  if (!body.is_array()) return malformed("no list of instances", answer);
  std::vector<ServiceEntry> entries;
  for (const auto& item : body) {
    if (!read_entry(item, entries.emplace_back())) return malformed("an incomplete instance", answer);
  }
  return entries;
}

Outcome<std::optional<NodeEntry>> parse_node(const HttpAnswer& answer) {
  if (answer.status == 404) return std::optional<NodeEntry>();
  if (answer.status != 200) return explain_status(answer);
  const json body = json::parse(answer.body, nullptr, false);
  if (body.is_null()) return std::optional<NodeEntry>();
  NodeEntry entry;
  if (!body.is_object() || !body.contains("Node") || !body["Node"].is_object() ||
      !read_text(body["Node"], "Node", entry.node) || !read_text(body["Node"], "Address", entry.address) ||
      !read_meta(body["Node"], "Meta", entry.meta)) {
    return malformed("an incomplete node", answer);
  }
  return std::optional(std::move(entry));
}

Outcome<std::map<std::string, std::string>> parse_node_checks(const HttpAnswer& answer) {
  if (answer.status != 200) return explain_status(answer);
  const json body = json::parse(answer.body, nullptr, false);
  std::map<std::string, std::string> checks;
  if (!body.is_array() || !read_checks(body, checks)) return malformed("no list of checks", answer);
  return checks;
}

Outcome<std::uint64_t> parse_transaction(const HttpAnswer& answer) {
  if (answer.status != 200) return explain_status(answer);
  const json body = json::parse(answer.body, nullptr, false);
  if (!body.is_object() || !body.contains("Results") || !body["Results"].is_array()) {
    return malformed("no list of results", answer);
  }
  for (const auto& result : body["Results"]) {
    if (!result.is_object() || !result.contains("KV") || !result["KV"].is_object()) continue;
    const auto& kv = result["KV"];
    if (kv.contains("ModifyIndex") && kv["ModifyIndex"].is_number_unsigned()) {
      return kv["ModifyIndex"].get<std::uint64_t>();
    }
  }
  return malformed("no index of the written key", answer);
}

}  // namespace rediscovery::consul
