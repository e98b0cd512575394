#include "updater/naming.hpp"

#include <algorithm>
#include <ostream>

namespace rediscovery::updater {
namespace {

// Not isalnum(): that one depends on the locale.
bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool consists_of(std::string_view text, std::string_view also) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [also](char c) {
    return is_alphanumeric(c) || also.find(c) != std::string_view::npos;
  });
}

}  // namespace

std::string_view to_string(Role role) { return role == Role::master ? "master" : "slave"; }
std::ostream& operator<<(std::ostream& out, Role role) { return out << to_string(role); }

std::string expand(std::string_view name_template, std::string_view master_name) {
  constexpr std::string_view kPlaceholder = "{master_name}";
  std::string text(name_template);
  for (auto at = text.find(kPlaceholder); at != std::string::npos;
       at = text.find(kPlaceholder, at + master_name.size())) {
    text.replace(at, kPlaceholder.size(), master_name);
  }
  return text;
}

bool is_dns_label(std::string_view text) {
  constexpr std::size_t kLongest = 63;
  return text.size() <= kLongest && consists_of(text, "-") && text.front() != '-' && text.back() != '-';
}

bool is_master_name(std::string_view text) { return consists_of(text, ".-_"); }

bool is_key(std::string_view text) { return consists_of(text, "._/-"); }

std::string node_name(std::string_view prefix, const core::Endpoint& endpoint) {
  std::string name(prefix);
  for (const char c : endpoint.address) name += is_alphanumeric(c) ? c : '-';
  return name;
}

std::string service_id(Role role, std::string_view master_name, const core::Endpoint& endpoint) {
  return std::string(to_string(role)) + ":" + std::string(master_name) + ":" + endpoint.to_string();
}

std::string fence_key(std::string_view prefix, std::string_view master_name) {
  return std::string(prefix) + std::string(master_name);
}

std::string heartbeat_key(std::string_view prefix, std::string_view master_name) {
  return fence_key(prefix, master_name) + "/heartbeat";
}

}  // namespace rediscovery::updater
