// How we get into a server: over what, and as whom.
#pragma once

#include <memory>

#include "redis/handshake.hpp"
#include "redis/tls_context.hpp"

namespace rediscovery::redis {

struct Access {
  Identity identity;
  std::shared_ptr<const TlsContext> tls;  // null: plain TCP
};

}  // namespace rediscovery::redis
