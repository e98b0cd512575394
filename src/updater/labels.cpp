#include "updater/labels.hpp"

#include <algorithm>

namespace rediscovery::updater {

bool is_meta_key(std::string_view text) {
  return text.size() <= kLongestMetaKey && is_word(text, "-_") && !text.starts_with("consul-");
}

bool is_reserved_meta_key(std::string_view text) {
  return std::find(kReservedMetaKeys.begin(), kReservedMetaKeys.end(), text) != kReservedMetaKeys.end();
}

}  // namespace rediscovery::updater
