// What every request to Consul carries, and what must not leak out of it.
#pragma once

#include <string>
#include <vector>

#include "consul/http.hpp"
#include "consul/settings.hpp"

namespace rediscovery::consul {

// A request to one of settings.addresses, with the token and the login. `target` is path and query.
[[nodiscard]] HttpRequest make_request(const Settings& settings, const std::string& address,
                                       std::string method, const std::string& target, std::string body = {});

// What may be shown of an error that quotes an answer: not a secret, because a server may echo request
// headers in its error pages; and one line of bounded length.
[[nodiscard]] Error shown_error(Error error, const Settings& settings);

// Adds what to change in the configuration, if `error` is one that the configuration explains.
[[nodiscard]] Error with_remedy(Error error, const Tenancy& tenancy);

}  // namespace rediscovery::consul
