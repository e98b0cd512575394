#include "core/redact.hpp"

#include <gtest/gtest.h>

namespace rediscovery::core {
namespace {

constexpr const char* kInstead = "(not shown: it repeats a credential)";

TEST(Redact, ATextWithoutTheSecretIsShownAsItIs) {
  EXPECT_EQ(redact("ERR no", "s3cr3t"), "ERR no");
  EXPECT_EQ(redact("ERR s3cr3", "s3cr3t"), "ERR s3cr3");
  EXPECT_EQ(redact("", "s3cr3t"), "");
}

TEST(Redact, ATextThatRepeatsTheSecretIsNotShown) {
  EXPECT_EQ(redact("s3cr3t", "s3cr3t"), kInstead);
  EXPECT_EQ(redact("no user alice/s3cr3t, s3cr3t", "s3cr3t"), kInstead);
}

TEST(Redact, NoHoleTellsASecretThatIsAWordOrALetter) {
  EXPECT_EQ(redact("ERR No such master with that name", "master"), kInstead);
  EXPECT_EQ(redact("ERR No such master with that name", "e"), kInstead);
}

TEST(Redact, WhoHasNoSecretHidesNothing) { EXPECT_EQ(redact("ERR no", ""), "ERR no"); }

TEST(Redact, SeveralSecretsAreTakenOutOneAfterAnother) {
  EXPECT_EQ(redact(redact("a-token, a-password", "a-token"), "a-password"), kInstead);
  EXPECT_EQ(redact(redact("a-token", "a-token"), "credential"), kInstead);
}

TEST(Excerpt, IsTheTextItselfIfThatIsOneShortLine) {
  EXPECT_EQ(excerpt("ERR no such master"), "ERR no such master");
  EXPECT_EQ(excerpt(""), "");
  EXPECT_EQ(excerpt(std::string(400, 'x')), std::string(400, 'x'));
}

TEST(Excerpt, IsTheBeginningOfALongText) {
  EXPECT_EQ(excerpt(std::string(401, 'x')), std::string(400, 'x') + "…");
}

TEST(Excerpt, HasNothingThatCouldForgeALineOrMoveATerminalsCursor) {
  EXPECT_EQ(excerpt(std::string("a\r\nb\x1b[31m\0c\xff", 12)), "a  b [31m c ");
}

}  // namespace
}  // namespace rediscovery::core
