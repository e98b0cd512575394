#include "support/cluster.hpp"
#include <gtest/gtest.h>
#include <cstdio>
using namespace rediscovery::testing;
TEST(Cluster, starts) {
  auto t = std::chrono::steady_clock::now();
  {
    Cluster c;
    std::fprintf(
        stderr, "start %ld ms\n",
        (long)std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - t)
            .count());
    t = std::chrono::steady_clock::now();
  }
  std::fprintf(
      stderr, "end %ld ms\n",
      (long)std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - t)
          .count());
}
