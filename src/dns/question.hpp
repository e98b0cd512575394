// One look-up, waited for: for threads that have no event loop.
#pragma once

#include "core/time.hpp"
#include "dns/resolver.hpp"

namespace rediscovery::dns {

// As Resolver::lookup(), in the calling thread, on a loop of its own. When `deadline` comes first, the result
// says so as its problem. No shared state: any thread.
[[nodiscard]] core::LookupResult ask(const ResolverOptions& options, const std::string& name,
                                     core::TimePoint deadline);

}  // namespace rediscovery::dns
