#include "redis/shown_error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rediscovery::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ShownError, IsTheServersWords) {
  EXPECT_EQ(shown_error("LOADING Redis is loading", "secret"), "LOADING Redis is loading");
  EXPECT_EQ(shown_error("ERR no such user: alice", ""), "ERR no such user: alice");
}

TEST(ShownError, DoesNotRepeatThePassword) {
  EXPECT_THAT(shown_error("ERR no such user: alice/secret", "secret"), Not(HasSubstr("alice/secret")));
}

TEST(ShownError, NamesAnUnknownCommandWithoutItsArguments) {
  EXPECT_EQ(
      shown_error("ERR unknown command `AUTH`, with args beginning with: `alice`, `secret`, ", "secret"),
      "ERR unknown command `AUTH`");
}

TEST(ShownError, SaysThatAnErrorSaysNothing) {
  EXPECT_NE(shown_error("", "secret"), "");
  EXPECT_NE(shown_error(", with args beginning with: 'secret' ", "secret"), "");
}

TEST(ShownError, DoesNotRepeatTheBeginningOfALongPassword) {
  const std::string password(200, 'x');
  const std::string quoted =
      "ERR unknown command 'AUTH', with args beginning with: '" + password.substr(0, 128);
  EXPECT_EQ(shown_error(quoted, password), "ERR unknown command 'AUTH'");
}

TEST(ShownError, DoesNotRepeatAPasswordThatIsNotWithinItsFirstLine) {
  const std::string quoted = std::string(398, 'x') + "secret";
  EXPECT_THAT(shown_error(quoted, "secret"), Not(HasSubstr("xse")));
}

TEST(ShownError, IsOneLineOfBoundedLength) {
  EXPECT_EQ(shown_error("ERR a\r\nb", "secret"), "ERR a  b");
  EXPECT_LT(shown_error(std::string(1'000'000, 'x'), "secret").size(), 500U);
}

}  // namespace
}  // namespace rediscovery::redis
