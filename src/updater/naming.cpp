#include "updater/naming.hpp"

#include <algorithm>
#include <ostream>

namespace rediscovery::updater {
namespace {

// Not isalnum(): that one depends on the locale.
bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

constexpr std::string_view kMasterName = "{master_name}";
constexpr std::string_view kRole = "{role}";

}  // namespace

std::string_view to_string(Role role) { return role == Role::master ? "master" : "slave"; }
std::ostream& operator<<(std::ostream& out, Role role) { return out << to_string(role); }

// In one pass: what was filled in is no template.
std::string expand(std::string_view text, std::string_view master_name, Role role) {
  std::string expanded;
  while (!text.empty()) {
    const bool is_name = text.starts_with(kMasterName);
    const bool is_role = text.starts_with(kRole);
    if (is_name || is_role) {
      expanded += is_name ? master_name : to_string(role);
      text.remove_prefix(is_name ? kMasterName.size() : kRole.size());
    } else {
      expanded += text.front();
      text.remove_prefix(1);
    }
  }
  return expanded;
}

std::optional<std::string_view> unknown_placeholder(std::string_view text) {
  for (auto at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    const auto rest = text.substr(at);
    if (rest.starts_with(kMasterName) || rest.starts_with(kRole)) continue;
    const auto end = rest.find('}');
    return rest.substr(0, end == std::string_view::npos ? end : end + 1);
  }
  return std::nullopt;
}

bool is_word(std::string_view text, std::string_view also) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [also](char c) {
    return is_alphanumeric(c) || also.find(c) != std::string_view::npos;
  });
}

bool is_dns_label(std::string_view text) {
  constexpr std::size_t kLongest = 63;
  return text.size() <= kLongest && is_word(text, "-") && text.front() != '-' && text.back() != '-';
}

bool is_master_name(std::string_view text) { return is_word(text, ".-_"); }

bool is_key(std::string_view text) {
  if (!is_word(text, "._/-")) return false;
  const std::string path = "/" + std::string(text.substr(0, text.find_last_not_of('/') + 1)) + "/";
  const bool has_one_end = !text.ends_with("//");
  return has_one_end && path.find("//") == std::string::npos && path.find("/./") == std::string::npos &&
         path.find("/../") == std::string::npos;
}

std::string node_name(std::string_view prefix, const core::Endpoint& endpoint) {
  std::string name(prefix);
  for (const char c : endpoint.address) name += is_alphanumeric(c) ? c : '-';
  return name;
}

std::string service_id(Role role, std::string_view master_name, const core::Endpoint& endpoint) {
  return std::string(to_string(role)) + ":" + std::string(master_name) + ":" + endpoint.to_string();
}

std::optional<core::Endpoint> endpoint_in(std::string_view service_id, Role role,
                                          std::string_view master_name) {
  const std::string prefix = std::string(to_string(role)) + ":" + std::string(master_name) + ":";
  if (!service_id.starts_with(prefix)) return std::nullopt;
  return core::parse_endpoint(std::string(service_id.substr(prefix.size())));
}

std::string fence_key(std::string_view prefix, std::string_view master_name) {
  return std::string(prefix) + std::string(master_name);
}

std::string heartbeat_key(std::string_view prefix, std::string_view master_name) {
  return fence_key(prefix, master_name) + "/heartbeat";
}

}  // namespace rediscovery::updater
