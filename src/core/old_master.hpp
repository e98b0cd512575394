// What a switch means for the commands in flight at the old master.
#pragma once

#include <cstdint>
#include <string_view>

namespace rediscovery::core {

enum class OldMaster : std::uint8_t {
  answers,  // its answers count: they may still arrive for a while
  ended,    // its history ended at the promotion: a write in flight there is in doubt, a read may be answered
  hung,     // nobody waits for it any more
};

[[nodiscard]] std::string_view to_string(OldMaster old);

}  // namespace rediscovery::core
