#include "updater/labels.hpp"

#include <gtest/gtest.h>

namespace rediscovery::updater {
namespace {

TEST(Labels, KeysOfMetaDataAreThoseThatConsulAccepts) {
  for (const auto& key : {std::string("team"), std::string("a-B_9"), std::string(128, 'a')}) {
    EXPECT_TRUE(is_meta_key(key)) << key;
  }
  for (const auto& key : {std::string(), std::string(129, 'a'), std::string("a b"), std::string("a.b"),
                          std::string("consul-x"), std::string("\xc3\xa9")}) {
    EXPECT_FALSE(is_meta_key(key)) << key;
  }
}

TEST(Labels, TheUpdatersOwnKeysAreReserved) {
  for (const auto* key : {"managed-by", "master_name", "config_epoch", "run_id"}) {
    EXPECT_TRUE(is_reserved_meta_key(key)) << key;
    EXPECT_TRUE(is_meta_key(key)) << key;
  }
  EXPECT_FALSE(is_reserved_meta_key("team"));
}

}  // namespace
}  // namespace rediscovery::updater
