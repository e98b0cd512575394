// How the demo reads st-api's answers.
#include <gtest/gtest.h>

#include "load.hpp"

namespace rediscovery::demo {
namespace {

std::string http(const std::string& status, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\n\r\n" + body;
}

TEST(Answer, A200IsAnAcknowledgedSession) {
  const auto answer = parse_answer(http("200 OK", R"({"session":"abc","url":"u"})"));
  EXPECT_TRUE(answer.ok());
  EXPECT_EQ(answer.session, "abc");
  EXPECT_FALSE(answer.in_doubt);
}

TEST(Answer, A503SaysWhetherItMayHaveWritten) {
  EXPECT_FALSE(parse_answer(http("503 S", R"({"executed":"no"})")).in_doubt);
  EXPECT_TRUE(parse_answer(http("503 S", R"({"executed":"maybe"})")).in_doubt);
  EXPECT_TRUE(parse_answer(http("503 S", R"({})")).in_doubt);
  EXPECT_FALSE(parse_answer(http("503 S", R"({"executed":"no"})")).ok());
}

TEST(Answer, ARefusalIsNotInDoubtAndAnInternalErrorIs) {
  EXPECT_FALSE(parse_answer(http("403 F", R"({"error":"x"})")).in_doubt);
  EXPECT_TRUE(parse_answer(http("500 E", R"({"error":"x"})")).in_doubt);
}

TEST(Answer, WhateverIsNotAnAnswerIsInDoubt) {
  for (const std::string text : {"", "HTTP/1.1 ", "HTTP/1.1 200 OK\r\n\r\n", "nonsense\r\n\r\n{}",
                                 "HTTP/1.1 200 OK\r\n\r\n{\"session\":\"a"}) {
    const auto answer = parse_answer(text);
    EXPECT_FALSE(answer.ok()) << text;
    EXPECT_TRUE(answer.in_doubt) << text;
  }
}

TEST(Answer, A200WithoutASessionIsNoAcknowledgement) {
  EXPECT_FALSE(parse_answer(http("200 OK", R"({"url":"u"})")).ok());
  EXPECT_FALSE(parse_answer(http("200 OK", R"({"session":7})")).ok());
}

}  // namespace
}  // namespace rediscovery::demo
