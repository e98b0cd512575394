// Which address each host name that Sentinels announce stands for.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/endpoint.hpp"
#include "core/time.hpp"

namespace rediscovery::sentinel {

// The numeric address that a host name stands for; nullopt: not known.
using AddressOf = std::function<std::optional<std::string>(std::string_view name)>;
[[nodiscard]] std::optional<std::string> no_address(std::string_view name);

// Letters, digits, '-', '_' and '.', and neither an address nor Sentinel's "?".
[[nodiscard]] bool is_host_name(std::string_view text);

// Of an address or a name, and a port, as Sentinel writes them. A name stays with the endpoint as its `name`.
[[nodiscard]] std::optional<core::Endpoint> endpoint_of(std::string_view host, std::string_view port,
                                                        const AddressOf& address_of);

// What was answered, and when. A name with several addresses stands for one of them: for IPv4 before IPv6,
// then for the smallest, so that every updater chooses the same; and for that one as long as it is among the
// answers, because a registration must not move for an answer in another order. Pure.
class HostBook {
 public:
  // Of `names` those to be asked for, known ones and others apart.
  struct Due {
    std::vector<std::string> unknown;
    std::vector<std::string> renewed;
  };
  [[nodiscard]] Due due(const std::vector<std::string>& names, core::TimePoint now) const;
  // No addresses: the look-up failed, and the name stands for what it stood for.
  void answered(const std::string& name, const std::vector<std::string>& addresses, core::TimePoint now);
  [[nodiscard]] std::optional<std::string> address_of(std::string_view name) const;

 private:
  struct Entry {
    std::string address;  // empty: never known
    core::TimePoint asked{};
  };
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace rediscovery::sentinel
