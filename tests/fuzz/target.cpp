#include "fuzz/target.hpp"

#include <gmock/gmock.h>

// googletest as a library of assertions; documented under "Using GoogleTest assertions in other frameworks".
int LLVMFuzzerInitialize(int* argc, char*** argv) {
  (void)argc, (void)argv;
  GTEST_FLAG_SET(throw_on_failure, true);
  int none = 1;
  char name[] = "fuzz";
  char* names[] = {name, nullptr};
  ::testing::InitGoogleTest(&none, names);
  return 0;
}
