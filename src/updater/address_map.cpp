#include "updater/address_map.hpp"

#include <algorithm>
#include <set>

namespace rediscovery::updater {
namespace {

// An address without a port, in canonical form; nullopt if it is none.
std::optional<std::string> bare_address(std::string_view text) {
  if (!core::is_numeric_address(text)) return std::nullopt;
  const auto endpoint = core::parse_endpoint(text, 1);  // any port will do: only the address is wanted
  return endpoint ? std::optional(endpoint->address) : std::nullopt;
}

std::string lower(std::string_view text) {
  std::string name(text);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return name;
}

// Not one that ends in a number: that is an address with a slip of the pen.
bool is_host_name(std::string_view text) {
  const auto last = text.substr(text.rfind('.') + 1);
  if (last.find_first_not_of("0123456789") == std::string_view::npos) return false;
  constexpr std::size_t kLongest = 253;
  return !text.empty() && text.size() <= kLongest &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                  c == '_' || c == '.';
         });
}

}  // namespace

std::optional<std::string> AddressMap::add(std::string_view from, std::string_view to) {
  Target target;
  if (const auto address = bare_address(to)) {
    target.address = *address;
  } else if (const auto endpoint = core::parse_endpoint(to)) {
    target = {endpoint->address, endpoint->port};
  } else {
    return "\"" + std::string(to) +
           "\" is neither a numeric address nor one with a port, e.g. 203.0.113.5 or " + "203.0.113.5:16379";
  }
  std::string key;
  if (const auto address = bare_address(from)) {
    key = *address;
  } else if (const auto endpoint = core::parse_endpoint(from)) {
    key = endpoint->to_string();
  } else if (is_host_name(from)) {
    key = lower(from);
  } else {
    return "expected what Sentinel says: an address, an address with a port, or a host name";
  }
  for (const auto& [other, taken] : targets_) {
    if (other == key) return "the same as " + other + ", which is listed, too";
    if (target.port != 0 && taken == target) {
      return "is mapped to " + std::string(to) + ", and so is " + other +
             "; two Redis cannot be reached at one endpoint";
    }
  }
  targets_.emplace(std::move(key), std::move(target));
  return std::nullopt;
}

const AddressMap::Target* AddressMap::find(const std::string& key) const {
  const auto found = targets_.find(key);
  return found == targets_.end() ? nullptr : &found->second;
}

core::Endpoint AddressMap::published(const core::Endpoint& endpoint) const {
  const Target* target = find(endpoint.to_string());
  if (target == nullptr) target = find(endpoint.address);
  if (target == nullptr && !endpoint.name.empty()) target = find(lower(endpoint.name));
  if (target == nullptr) return endpoint;
  return {target->address, target->port == 0 ? endpoint.port : target->port, endpoint.name};
}

std::string AddressMap::node_address(const core::Endpoint& endpoint) const {
  const Target* target = find(endpoint.address);
  if (target == nullptr && !endpoint.name.empty()) target = find(lower(endpoint.name));
  if (target != nullptr) return target->address;
  // Entries with a port decide where they all agree.
  std::set<std::string> addresses;
  for (const auto& [key, with_port] : targets_) {
    const auto from = core::parse_endpoint(key);
    if (from && from->address == endpoint.address) addresses.insert(with_port.address);
  }
  return addresses.size() == 1 ? *addresses.begin() : endpoint.address;
}

}  // namespace rediscovery::updater
