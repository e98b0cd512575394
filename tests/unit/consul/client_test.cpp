#include "consul/client.hpp"

#include <gtest/gtest.h>

namespace rediscovery::consul {
namespace {

TEST(PercentEncode, OnlyUnreservedCharactersStay) {
  EXPECT_EQ(percent_encode("my-master_1.a~"), "my-master_1.a~");
  EXPECT_EQ(percent_encode("a/b?c d%\xff"), "a%2Fb%3Fc%20d%25%FF");
  EXPECT_EQ(percent_encode(""), "");
}

}  // namespace
}  // namespace rediscovery::consul
