// Whether something is in use, for somebody who rests while it is not.
#pragma once

#include <utility>

namespace rediscovery::core {

class UseMark {
 public:
  // It is used now. True: who asked last has gone to rest, and is to be woken.
  [[nodiscard]] bool use() {
    was_used_ = true;
    return std::exchange(is_resting_, false);
  }
  // Whether it is in use, or was since this was asked last. If not, the next use() says so.
  [[nodiscard]] bool ask(bool is_in_use) {
    const bool used = std::exchange(was_used_, false) || is_in_use;
    is_resting_ = !used;
    return used;
  }

 private:
  bool was_used_ = false;
  bool is_resting_ = false;
};

}  // namespace rediscovery::core
