// What a switch means for the commands in flight at the old master.
#pragma once

#include <cstdint>
#include <string_view>

namespace rediscovery::core {

enum class OldMaster : std::uint8_t {
  answers,  // its history goes on at the new one: its answers count, and may still arrive for a while
  ended,    // its history is followed no more: a write in flight there is in doubt, a read may be answered
  hung,     // nobody waits for it any more
};

[[nodiscard]] std::string_view to_string(OldMaster old);

}  // namespace rediscovery::core
