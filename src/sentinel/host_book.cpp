#include "sentinel/host_book.hpp"

#include <algorithm>

namespace rediscovery::sentinel {
namespace {

using std::chrono::milliseconds;

// An address that moves with its host, as a container's does, is to be known by the time that the host's
// Redis has started again; and asking is one datagram.
constexpr milliseconds kFresh{5000};
// A name that does not exist yet is asked for again soon, but not at every event.
constexpr milliseconds kUnknownFor{1000};
// Names come from the network, and must not pile up.
constexpr std::chrono::hours kForgotten{1};

bool is_v6(const std::string& address) { return address.find(':') != std::string::npos; }

std::string choose(const std::vector<std::string>& addresses) {
  return *std::min_element(addresses.begin(), addresses.end(), [](const auto& a, const auto& b) {
    return is_v6(a) != is_v6(b) ? is_v6(b) : a < b;
  });
}

}  // namespace

std::optional<std::string> no_address(std::string_view) { return std::nullopt; }

bool is_host_name(std::string_view text) {
  constexpr std::size_t kLongest = 253;
  const auto belongs = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= kLongest && std::all_of(text.begin(), text.end(), belongs) &&
         !core::is_numeric_address(text);
}

std::optional<core::Endpoint> endpoint_of(std::string_view host, std::string_view port,
                                          const AddressOf& address_of) {
  std::string address(host);
  const bool is_name = is_host_name(host);
  if (is_name) address = address_of(host).value_or("");
  if (!core::is_numeric_address(address)) return std::nullopt;
  const bool v6 = is_v6(address);
  auto endpoint = core::parse_endpoint((v6 ? "[" + address + "]" : address) + ":" + std::string(port));
  if (endpoint && is_name) endpoint->name = host;
  return endpoint;
}

HostBook::Due HostBook::due(const std::vector<std::string>& names, core::TimePoint now) const {
  Due due;
  for (const auto& name : names) {
    const auto entry = entries_.find(name);
    const bool known = entry != entries_.end() && !entry->second.address.empty();
    if (entry != entries_.end() && now - entry->second.asked < (known ? kFresh : kUnknownFor)) continue;
    (known ? due.renewed : due.unknown).push_back(name);
  }
  return due;
}

void HostBook::answered(const std::string& name, const std::vector<std::string>& addresses,
                        core::TimePoint now) {
  std::erase_if(entries_, [now](const auto& entry) { return now - entry.second.asked > kForgotten; });
  Entry& entry = entries_[name];
  entry.asked = now;
  const bool stays = std::find(addresses.begin(), addresses.end(), entry.address) != addresses.end();
  if (!stays && !addresses.empty()) entry.address = choose(addresses);
}

std::optional<std::string> HostBook::address_of(std::string_view name) const {
  const auto entry = entries_.find(name);
  if (entry == entries_.end() || entry->second.address.empty()) return std::nullopt;
  return entry->second.address;
}

}  // namespace rediscovery::sentinel
