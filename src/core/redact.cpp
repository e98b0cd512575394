#include "core/redact.hpp"

namespace rediscovery::core {

std::string redact(std::string text, std::string_view secret) {
  if (secret.empty() || text.find(secret) == std::string::npos) return text;
  return "(not shown: it repeats a credential)";
}

}  // namespace rediscovery::core
