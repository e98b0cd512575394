// What is to be done once in a turn of the loop.
#pragma once

#include <cstdint>
#include <functional>

#include <uv.h>

namespace rediscovery::engine {

// Loop thread only, destruction included. Works on any libuv loop, also one that somebody else runs.
class Turn {
 public:
  enum class When : std::uint8_t { before_waiting, after_reading };

  // `work` is called once before the loop waits next, or after it has looked for what there is to read, if
  // anybody has asked for it by need().
  Turn(uv_loop_t* loop, std::function<void()> work, When when = When::before_waiting);
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  // From inside `work`: in the next turn, for which the loop does not wait.
  void need();

 private:
  struct Handles;
  Handles* handles_;  // freed by libuv's close callbacks
};

}  // namespace rediscovery::engine
