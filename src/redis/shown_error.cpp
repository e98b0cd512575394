#include "redis/shown_error.hpp"

#include "core/redact.hpp"

namespace rediscovery::redis {

std::string shown_error(std::string_view error, std::string_view password) {
  error = error.substr(0, error.find(", with args"));
  return error.empty() ? "an error without words" : core::excerpt(core::redact(std::string(error), password));
}

}  // namespace rediscovery::redis
