// How we get into a server: over what, and as whom.
#pragma once

#include <memory>
#include <string>

#include "redis/handshake.hpp"
#include "redis/tls_context.hpp"

namespace rediscovery::redis {

struct Access {
  Identity identity;
  // Where the password is from, if from a file: read again when a server rejects it. Empty: it is for ever.
  std::string password_file;
  std::shared_ptr<const TlsContext> tls;  // null: plain TCP
};

}  // namespace rediscovery::redis
