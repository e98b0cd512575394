#include "consul/examination.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rediscovery::consul {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ConsulExamination, AnEmptyAddressIsNoLeader) {
  EXPECT_TRUE(*read_leader({200, R"("10.0.0.1:8300")", 0}));
  EXPECT_FALSE(*read_leader({200, R"("")", 0}));
  EXPECT_EQ(read_leader({200, "<html>", 0}).error().kind, ErrorKind::malformed);
  EXPECT_EQ(read_leader({500, "No cluster leader", 0}).error().kind, ErrorKind::unavailable);
}

TEST(ConsulExamination, TheTokenTellsItsPoliciesAndItsEnd) {
  const auto token = read_token(
      {200, R"({"SecretID":"s","Policies":[{"Name":"updater"}],"ExpirationTime":"2027-01-01T00:00:00Z"})",
       0});
  EXPECT_EQ(*token, (TokenReport{true, {"updater"}, "2027-01-01T00:00:00Z"}));
  EXPECT_FALSE(read_token({401, "ACL support disabled", 0})->acls_enabled);
  EXPECT_EQ(read_token({403, "ACL not found", 0}).error().kind, ErrorKind::permission_denied);
  EXPECT_EQ(read_token({200, "[]", 0}).error().kind, ErrorKind::malformed);
}

// As Consul 1.8.7 answers.
TEST(ConsulExamination, AStaleIndexMeansThatEveryRightIsThere) {
  const auto denials = read_trial(
      {409, R"({"Results":null,"Errors":[{"OpIndex":0,"What":"failed to set key \"k\", index is stale"}]})",
       0});
  ASSERT_TRUE(denials);
  EXPECT_THAT(*denials, IsEmpty());
}

TEST(ConsulExamination, RefusedOperationsAreKnownByTheirPlace) {
  const auto denials = read_trial(
      {409,
       R"({"Results":null,"Errors":[{"OpIndex":3,"What":"Permission denied"},{"OpIndex":6,"What":"Permission denied"}]})",
       0});
  ASSERT_TRUE(denials);
  EXPECT_THAT(*denials, ElementsAre(3U, 6U));
}

TEST(ConsulExamination, ATrialThatSaysNothingAboutRightsIsAnError) {
  EXPECT_FALSE(read_trial({409, R"({"Errors":[{"OpIndex":1,"What":"no such verb"}]})", 0}));
  EXPECT_FALSE(read_trial({409, R"({"Errors":[{"What":"Permission denied"}]})", 0}));
  EXPECT_FALSE(read_trial({409, R"({"Errors":[]})", 0}));
  EXPECT_FALSE(read_trial({200, R"({"Results":[]})", 0}));
  EXPECT_EQ(read_trial({403, "ACL not found", 0}).error().kind, ErrorKind::permission_denied);
  EXPECT_EQ(read_trial({500, "No cluster leader", 0}).error().kind, ErrorKind::unavailable);
}

}  // namespace
}  // namespace rediscovery::consul
