// What every fuzz target is made of: one function that takes any bytes. A promise is checked with
// googletest's EXPECT_…, which ends the process here.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>

extern "C" {
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
int LLVMFuzzerInitialize(int* argc, char*** argv);
}
