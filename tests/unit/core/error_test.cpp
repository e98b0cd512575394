#include <rediscovery/error.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <sstream>
#include <string>

#include <rediscovery/result.hpp>

namespace rediscovery {
namespace {

const Error kLost(ErrorCode::connection_lost, Executed::maybe, "10.0.0.5:6379: reset by peer");

TEST(Error, HasAStableNameForEveryCode) {
  const std::set<std::string_view> expected{
      "no_master",      "no_replica", "timeout", "connection_lost",  "server_error",
      "authentication", "overloaded", "closed",  "invalid_argument", "protocol",
      "unacknowledged", "cancelled",  "forked",  "unexpected_reply"};
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(ErrorCode::unexpected_reply); ++code) {
    names.insert(to_string(static_cast<ErrorCode>(code)));
  }
  EXPECT_EQ(names, expected);
  EXPECT_EQ(to_string(static_cast<ErrorCode>(200)), "unknown");
}

TEST(Error, NamesWhetherTheServerRanTheCommand) {
  EXPECT_EQ(to_string(Executed::no), "no");
  EXPECT_EQ(to_string(Executed::maybe), "maybe");
  EXPECT_EQ(to_string(Executed::yes), "yes");
  EXPECT_EQ(to_string(static_cast<Executed>(200)), "unknown");
}

TEST(Error, IsWrittenWithAllThatACallerMustKnow) {
  std::ostringstream out;
  out << kLost;
  EXPECT_EQ(out.str(), "connection_lost (executed: maybe): 10.0.0.5:6379: reset by peer");
}

TEST(Error, TellsWhereItsTimeWent) {
  TimeSpent spent;
  spent.waiting = std::chrono::microseconds(480'500);
  spent.resolving = std::chrono::milliseconds(12);
  spent.connecting = std::chrono::milliseconds(250);
  spent.verifying = std::chrono::milliseconds(3);
  spent.answering = std::chrono::milliseconds(20);
  const Error error = kLost.with(spent);
  EXPECT_EQ(error.spent(), spent);
  EXPECT_EQ(error.message(), kLost.message());
  EXPECT_NE(error, kLost);
  std::ostringstream out;
  out << error;
  EXPECT_EQ(
      out.str(),
      "connection_lost (executed: maybe): 10.0.0.5:6379: reset by peer; waited 480.5 ms (look-ups 12 ms, "
      "connecting 250 ms, verifying 3 ms), 20 ms for answers");
}

TEST(Error, IsEqualOnlyInEveryPart) {
  EXPECT_EQ(kLost, Error(kLost));
  EXPECT_NE(kLost, Error(ErrorCode::timeout, Executed::maybe, kLost.message()));
  EXPECT_NE(kLost, Error(kLost.code(), Executed::no, kLost.message()));
  EXPECT_NE(kLost, Error(kLost.code(), kLost.executed(), ""));
}

TEST(Result, HoldsAValue) {
  Result<std::string> result(std::string("OK"));
  ASSERT_TRUE(result);
  EXPECT_TRUE(result.has_value());
  EXPECT_EQ(*result, "OK");
  EXPECT_EQ(result->size(), 2U);
  result.value() += "!";
  EXPECT_EQ(std::as_const(result).value(), "OK!");
  EXPECT_EQ(*std::as_const(result), "OK!");
  EXPECT_EQ(std::as_const(result)->size(), 3U);
  EXPECT_THROW((void)result.error(), std::bad_variant_access);
}

TEST(Result, HoldsAnError) {
  const Result<int> result(kLost);
  EXPECT_FALSE(result);
  EXPECT_FALSE(result.has_value());
  EXPECT_EQ(result.error(), kLost);
}

TEST(Result, CarriesValuesThatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(5));
  EXPECT_EQ(*std::move(result).value(), 5);
  Result<std::unique_ptr<int>> other(std::make_unique<int>(6));
  const std::unique_ptr<int> taken = *std::move(other);
  EXPECT_EQ(*taken, 6);
}

// A caller who does not look gets an exception that says what went wrong, not undefined behaviour.
TEST(Result, ThrowsTheErrorAtACallerWhoDidNotLook) {
  Result<std::string> result(kLost);
  EXPECT_THROW((void)result.value(), BadResultAccess);
  EXPECT_THROW((void)std::as_const(result).value(), BadResultAccess);
  EXPECT_THROW((void)std::move(result).value(), BadResultAccess);
  EXPECT_THROW((void)*result, BadResultAccess);
  EXPECT_THROW((void)*std::as_const(result), BadResultAccess);
  EXPECT_THROW((void)result->size(), BadResultAccess);
  EXPECT_THROW((void)std::as_const(result)->size(), BadResultAccess);
  try {
    (void)*result;
  } catch (const BadResultAccess& access) {
    EXPECT_EQ(access.error(), kLost);
    EXPECT_STREQ(access.what(), "the command failed: 10.0.0.5:6379: reset by peer");
  }
}

}  // namespace
}  // namespace rediscovery
