// Where the Sentinels are and how to log in to them.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/endpoint.hpp"
#include "redis/tls_context.hpp"
#include "sentinel/hosts.hpp"

namespace rediscovery::sentinel {

struct Credentials {
  std::string user;      // empty: AUTH with the password only
  std::string password;  // empty: no AUTH
};

struct Settings {
  std::vector<core::Endpoint> addresses;  // without `discover` all Sentinels: a quorum is counted over them
  bool discover = true;                   // ask those that Sentinels list, too; see Roster
  Credentials credentials;
  std::shared_ptr<const redis::TlsContext> tls;  // null: plain TCP
  std::shared_ptr<Hosts> hosts;                  // null: only Sentinels that announce addresses can be read
  // For reading one Sentinel: connect and answer.
  std::chrono::milliseconds timeout{1000};
  // Once a majority has answered, how long the others are waited for: a Sentinel that hangs must not delay
  // every switch by `timeout`.
  std::chrono::milliseconds grace{100};
};

}  // namespace rediscovery::sentinel
