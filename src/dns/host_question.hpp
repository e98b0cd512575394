// Host names as the system knows them, waited for: for threads that have no event loop.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/endpoint.hpp"
#include "core/time.hpp"

namespace rediscovery::dns {

// The numeric addresses of each name, IPv4 and IPv6; none: it is not known, or nobody answered. All names are
// asked for at once, in the calling thread: the hosts file first, as far as the system does so, then
// `servers`, or the system's resolvers if there are none. Names without a dot get the system's search list.
// When `deadline` comes first, what is known by then is the result. No shared state: any thread.
[[nodiscard]] std::map<std::string, std::vector<std::string>> ask_hosts(
    const std::vector<std::string>& names, const std::vector<core::Endpoint>& servers,
    core::TimePoint deadline);

}  // namespace rediscovery::dns
