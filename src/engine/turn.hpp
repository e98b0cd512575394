// What is to be done once in a turn of the loop, before it waits again.
#pragma once

#include <functional>
#include <vector>

#include <uv.h>

namespace rediscovery::engine {

// Loop thread only, destruction included. Works on any libuv loop, also one that somebody else runs.
class Turn {
 public:
  // `work` is called once before the loop waits next, if anybody has asked for it by need().
  Turn(uv_loop_t* loop, std::function<void()> work);
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  // From inside `work`: once more, before the loop waits.
  void need();

 private:
  struct Handles;
  Handles* handles_;  // freed by libuv's close callbacks
};

}  // namespace rediscovery::engine
