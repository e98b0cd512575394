#include "sentinel/listing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rediscovery::sentinel {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Reply row(const std::vector<std::string>& words) {
  std::vector<Reply> elements;
  for (const auto& word : words) elements.push_back(Reply::string(word));
  return Reply::array(std::move(elements));
}

const core::Endpoint kTwo{"10.0.1.2", 26379, {}};

TEST(Listing, IsTheOwnRunIdAndTheOthers) {
  const auto listing = read_listing(
      Reply::array(
          {row({"name", "b2", "ip", "10.0.1.2", "port", "26379", "runid", "b2", "flags", "sentinel"}),
           row({"ip", "10.0.1.3", "port", "26379", "flags", "s_down,sentinel,disconnected"})}),
      Reply::string("a1"));
  EXPECT_EQ(listing.run_id, "a1");
  EXPECT_TRUE(listing.told);
  ASSERT_EQ(listing.others.size(), 2U);
  EXPECT_EQ(listing.others[0].endpoint, kTwo);
  EXPECT_EQ(listing.others[0].run_id, "b2");
  EXPECT_EQ(listing.others[1].run_id, "");
}

TEST(Listing, NobodyListedIsAnAnswerToo) {
  EXPECT_EQ(read_listing(Reply::array({}), Reply::string("a1")), (Listing{"a1", true, {}}));
}

TEST(Listing, WhatMayNotBeAskedOrIsNotKnownStaysOpen) {
  EXPECT_EQ(read_listing(Reply::error("NOPERM this user has no permissions"),
                         Reply::error("ERR Unknown sentinel subcommand 'MYID'")),
            Listing{});
}

TEST(Listing, RowsThatCannotBeUsedAreLeftOut) {
  const auto listing = read_listing(
      Reply::array({Reply::string("?"), row({"ip", "10.0.1.2"}), row({"ip", "", "port", "26379"}),
                    row({"ip", "10.0.1.2", "port", "70000"}), row({"ip", "sentinel-2", "port", "26379"}),
                    row({"ip", "10.0.1.2", "port", "26379", "runid", "<b>"})}),
      Reply::string("not hexadecimal"));
  EXPECT_EQ(listing.run_id, "");
  ASSERT_EQ(listing.others.size(), 1U);
  EXPECT_EQ(listing.others[0].run_id, "");
}

TEST(Listing, HostNamesThatAreKnownStandForTheirAddresses) {
  const auto listing = read_listing(Reply::array({row({"ip", "sentinel-2", "port", "26379", "runid", "b2"})}),
                                    Reply::string("a1"),
                                    [](std::string_view) { return std::optional<std::string>("10.0.1.2"); });
  ASSERT_EQ(listing.others.size(), 1U);
  EXPECT_EQ(listing.others[0].endpoint, kTwo);
  EXPECT_EQ(listing.others[0].endpoint.name, "sentinel-2");  // for TLS
}

TEST(Identity, KnownRunIdsDecideBeforeAddresses) {
  const core::Endpoint elsewhere{"127.0.0.1", 26379, {}};
  EXPECT_EQ((Identity{kTwo, "b2"}), (Identity{elsewhere, "b2"}));
  EXPECT_NE((Identity{kTwo, "b2"}), (Identity{kTwo, "c3"}));
  EXPECT_EQ((Identity{kTwo, "b2"}), Identity{kTwo});
  EXPECT_NE((Identity{kTwo, "b2"}), Identity{elsewhere});
}

}  // namespace
}  // namespace rediscovery::sentinel
