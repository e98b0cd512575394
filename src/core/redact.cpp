#include "core/redact.hpp"

#include <algorithm>
#include <cctype>

namespace rediscovery::core {

std::string redact(std::string text, std::string_view secret) {
  if (secret.empty() || text.find(secret) == std::string::npos) return text;
  return "(not shown: it repeats a credential)";
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t kLongest = 400;
  std::string line(text.substr(0, kLongest));
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return std::isprint(c) == 0; }, ' ');
  if (text.size() > kLongest) line += "…";
  return line;
}

}  // namespace rediscovery::core
