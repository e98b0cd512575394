#include "core/lineage.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace rediscovery::core {
namespace {

const Lineage kFollowed{"bbbb", "aaaa", 1000};

TEST(Kinship, SameHistoryIsTheSameMasterOrItsReplica) {
  EXPECT_EQ(kinship(kFollowed, kFollowed), Kinship::same);
  EXPECT_EQ(kinship({"bbbb", "", -1}, kFollowed), Kinship::same) << "the id alone decides";
}

TEST(Kinship, ANodePromotedOutOfTheFollowedHistoryIsItsDescendant) {
  EXPECT_EQ(kinship({"cccc", "bbbb", 2000}, kFollowed), Kinship::descendant);
}

TEST(Kinship, WhatTheFollowedMasterWasPromotedOutOfIsItsAncestor) {
  EXPECT_EQ(kinship({"aaaa", "", -1}, kFollowed), Kinship::ancestor);
  EXPECT_EQ(kinship({"aaaa", "0000", 10}, kFollowed), Kinship::ancestor);
}

TEST(Kinship, EverythingElseIsUnrelated) {
  EXPECT_EQ(kinship({"xxxx", "yyyy", 5}, kFollowed), Kinship::unrelated);
  EXPECT_EQ(kinship({"xxxx", "aaaa", 5}, kFollowed), Kinship::unrelated) << "a sibling";
  EXPECT_EQ(kinship({"dddd", "cccc", 5}, kFollowed), Kinship::unrelated) << "a grandchild cannot be told";
}

TEST(Kinship, UnknownHistoriesAreUnrelatedEvenToEachOther) {
  const Lineage unknown;
  EXPECT_EQ(kinship(unknown, kFollowed), Kinship::unrelated);
  EXPECT_EQ(kinship(kFollowed, unknown), Kinship::unrelated);
  EXPECT_EQ(kinship(unknown, unknown), Kinship::unrelated);
  EXPECT_EQ(kinship(unknown, {"bbbb", "", -1}), Kinship::unrelated) << "no id must not equal no previous id";
}

TEST(Kinship, IsWrittenAsItsName) {
  std::ostringstream out;
  out << Kinship::same << ' ' << Kinship::descendant << ' ' << Kinship::ancestor << ' ' << Kinship::unrelated;
  EXPECT_EQ(out.str(), "same descendant ancestor unrelated");
}

}  // namespace
}  // namespace rediscovery::core
