#pragma once

#include <gtest/gtest.h>
#include <uv.h>

#include <functional>

namespace rediscovery::testing {

/// A loop of the application's, run by the test; in the end nothing of a client's may be left on it.
class OwnLoop {
 public:
  OwnLoop() { uv_loop_init(&loop_); }
  ~OwnLoop() {
    uv_run(&loop_, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop_), 0) << "the client has left something behind";
  }
  OwnLoop(const OwnLoop&) = delete;
  OwnLoop& operator=(const OwnLoop&) = delete;

  [[nodiscard]] uv_loop_t* get() { return &loop_; }
  void run_until(const std::function<bool()>& done) {
    while (!done()) uv_run(&loop_, UV_RUN_ONCE);
  }

 private:
  uv_loop_t loop_{};
};

}  // namespace rediscovery::testing
