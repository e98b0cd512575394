#include "redis/shown_error.hpp"

#include "core/redact.hpp"

namespace rediscovery::redis {

std::string shown_error(std::string_view error, std::string_view password) {
  return core::redact(std::string(error.substr(0, error.find(", with args"))), password);
}

}  // namespace rediscovery::redis
