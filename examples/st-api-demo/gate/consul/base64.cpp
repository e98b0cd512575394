#include "base64.hpp"

#include <openssl/evp.h>

#include <stdexcept>
#include <vector>

namespace st_gate {

std::string decode_base64(const std::string& text) {
  if (text.empty()) return {};
  std::vector<unsigned char> bytes(text.size() / 4 * 3 + 3);
  const int size = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0 || text.size() % 4 != 0) throw std::invalid_argument("not base64");
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  return {bytes.begin(), bytes.begin() + size - static_cast<std::ptrdiff_t>(padding)};
}

}  // namespace st_gate
