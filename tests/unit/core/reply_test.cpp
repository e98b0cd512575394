#include <rediscovery/reply.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <sstream>

#include <rediscovery/command.hpp>

namespace rediscovery {
namespace {

using namespace std::string_literals;

std::string written(const Reply& reply) {
  std::ostringstream out;
  out << reply;
  return out.str();
}

TEST(Reply, IsNilUnlessMadeOtherwise) {
  const Reply reply;
  EXPECT_EQ(reply.type(), Reply::Type::nil);
  EXPECT_TRUE(reply.is_nil());
  EXPECT_FALSE(reply.is_error());
  EXPECT_EQ(reply.text(), "");
  EXPECT_EQ(reply.to_integer(), std::nullopt);
  EXPECT_EQ(reply.to_real(), 0);
  EXPECT_TRUE(reply.elements().empty());
}

TEST(Reply, HoldsWhatEachTypeIsMadeOf) {
  EXPECT_EQ(Reply::status("OK").text(), "OK");
  EXPECT_EQ(Reply::error("ERR no").text(), "ERR no");
  EXPECT_TRUE(Reply::error("ERR no").is_error());
  EXPECT_EQ(Reply::string("a\0b"s).text(), "a\0b"s);
  EXPECT_EQ(Reply::integer(-7).to_integer(), -7);
  EXPECT_EQ(Reply::real(1.5).to_real(), 1.5);
  EXPECT_EQ(Reply::boolean(true).to_integer(), 1);
  EXPECT_EQ(Reply::boolean(false).to_integer(), 0);
  EXPECT_EQ(Reply::array({Reply::integer(1), Reply()}).elements().size(), 2U);
  EXPECT_EQ(Reply::map({Reply::string("k"), Reply::integer(1)}).type(), Reply::Type::map);
}

TEST(Reply, ReadsNumbersFromTextOnlyWhenAllOfItIsOne) {
  EXPECT_EQ(Reply::string("42").to_integer(), 42);
  EXPECT_EQ(Reply::status("-1").to_integer(), -1);
  EXPECT_EQ(Reply::string("9223372036854775807").to_integer(), std::numeric_limits<std::int64_t>::max());
  for (const auto* text : {"", " 1", "1 ", "1.5", "0x10", "+1", "nine", "9223372036854775808"}) {
    EXPECT_EQ(Reply::string(text).to_integer(), std::nullopt) << text;
  }
  EXPECT_EQ(Reply::error("42").to_integer(), std::nullopt) << "an error is no number, whatever it says";
  EXPECT_EQ(Reply::array({Reply::integer(1)}).to_integer(), std::nullopt);
  EXPECT_EQ(Reply::real(1).to_integer(), std::nullopt);
}

TEST(Reply, IsEqualInTypeAndContent) {
  EXPECT_EQ(Reply::array({Reply::string("a")}), Reply::array({Reply::string("a")}));
  EXPECT_NE(Reply::string("OK"), Reply::status("OK"));
  EXPECT_NE(Reply::integer(1), Reply::boolean(true));
  EXPECT_NE(Reply::array({}), Reply());
}

TEST(Reply, IsAValueWithoutTies) {
  Reply original = Reply::array({Reply::string("a")});
  const Reply copy = original;
  original = Reply::integer(1);
  EXPECT_EQ(copy, Reply::array({Reply::string("a")}));
}

TEST(Reply, IsWrittenOnOneLine) {
  EXPECT_EQ(written(Reply()), "(nil)");
  EXPECT_EQ(written(Reply::status("OK")), "OK");
  EXPECT_EQ(written(Reply::error("ERR no")), "(error) ERR no");
  EXPECT_EQ(written(Reply::integer(7)), "7");
  EXPECT_EQ(written(Reply::real(1.5)), "1.5");
  EXPECT_EQ(written(Reply::boolean(true)), "true");
  EXPECT_EQ(written(Reply::boolean(false)), "false");
  EXPECT_EQ(written(Reply::array({})), "[]");
  EXPECT_EQ(written(Reply::array({Reply::integer(1), Reply::array({Reply()})})), "[1, [(nil)]]");
  EXPECT_EQ(written(Reply::map({Reply::string("k"), Reply::integer(1)})), "{\"k\", 1}");
}

TEST(Reply, EscapesBytesThatWouldSpoilALine) {
  EXPECT_EQ(written(Reply::string("a\r\n\0\x7f\xff"s)), R"("a\x0d\x0a\x00\x7f\xff")");
  EXPECT_EQ(written(Reply::string(R"(a"b\c)")), R"("a\"b\\c")");
}

TEST(Command, OwnsItsWordsWhateverBytesTheyHold) {
  std::string value = "a\0b"s;
  const Command command{"SET", "k", value};
  value = "changed";
  EXPECT_EQ(command.words(), (std::vector<std::string>{"SET", "k", "a\0b"s}));
  EXPECT_EQ(Command(std::vector<std::string>{"GET", "k"}).words().size(), 2U);
}

TEST(Command, IsNotIdempotentUntilItsCallerSaysSo) {
  Command command{"SET", "k", "v"};
  EXPECT_FALSE(command.is_idempotent());
  EXPECT_TRUE(command.idempotent().is_idempotent());
  EXPECT_FALSE(command.idempotent(false).is_idempotent());
  const Command sent = Command{"SET", "k", "v"}.idempotent();
  EXPECT_TRUE(sent.is_idempotent());
  EXPECT_EQ(sent.words().size(), 3U);
}

}  // namespace
}  // namespace rediscovery
