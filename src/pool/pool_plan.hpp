// What Options mean for the parts of a Pool or an AsyncClient.
#pragma once

#include <rediscovery/options.hpp>

#include "consul/settings.hpp"
#include "dns/resolver.hpp"
#include "engine/dispatcher.hpp"
#include "engine/pool_driver.hpp"
#include "redis/access.hpp"

namespace rediscovery {

// All require options that were validated.
[[nodiscard]] core::PoolPolicy pool_policy(const Options& options);
[[nodiscard]] engine::DispatchPolicy dispatch_policy(const Options& options);
[[nodiscard]] dns::ResolverOptions resolver_options(const Options& options);
[[nodiscard]] engine::DriverPlan driver_plan(const Options& options);
// Reads files and environment. Throws InvalidOptions for what cannot be used.
[[nodiscard]] redis::Access access(const Options& options);
// Requires consul_http.
[[nodiscard]] consul::Settings consul_settings(const Options& options);

}  // namespace rediscovery
