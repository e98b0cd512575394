#include <rediscovery/reply_as.hpp>

#include <gtest/gtest.h>

#include <list>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace rediscovery {
namespace {

using namespace std::string_literals;

using Strings = std::vector<std::string>;

Reply words(std::initializer_list<const char*> texts) {
  std::vector<Reply> elements;
  for (const char* text : texts) elements.push_back(Reply::string(text));
  return Reply::array(std::move(elements));
}

template <typename T>
std::string refusal(const Reply& reply) {
  const auto result = reply.as<T>();
  if (result) return "it was taken";
  EXPECT_EQ(result.error().code(), ErrorCode::unexpected_reply);
  EXPECT_EQ(result.error().executed(), Executed::yes) << "there is a reply, so the command ran";
  return result.error().message();
}

TEST(ReplyAs, GivesTextAsAString) {
  EXPECT_EQ(Reply::string("a\0b"s).as<std::string>().value(), "a\0b"s);
  EXPECT_EQ(Reply::status("OK").as<std::string>().value(), "OK");
  EXPECT_EQ(refusal<std::string>(Reply::integer(1)), "the reply is the integer 1, not a string");
  EXPECT_EQ(refusal<std::string>(Reply::real(1.5)), "the reply is a floating-point number, not a string");
  EXPECT_EQ(refusal<std::string>(Reply::error("ERR no")), "the reply is an error (ERR no), not a string");
}

TEST(ReplyAs, GivesYesOrNoAsABoolAndNothingElse) {
  EXPECT_TRUE(Reply::boolean(true).as<bool>().value());
  EXPECT_FALSE(Reply::boolean(false).as<bool>().value());
  EXPECT_TRUE(Reply::integer(1).as<bool>().value());
  EXPECT_FALSE(Reply::string("0").as<bool>().value());
  EXPECT_EQ(refusal<bool>(Reply::integer(2)), "the reply is the integer 2, not true or false, 1 or 0");
  EXPECT_EQ(refusal<bool>(Reply::integer(-1)), "the reply is the integer -1, not true or false, 1 or 0");
  EXPECT_EQ(refusal<bool>(Reply::status("OK")),
            "the reply is a status of 2 bytes, not true or false, 1 or 0");
}

TEST(ReplyAs, GivesANumberThatFitsAsAnInteger) {
  EXPECT_EQ(Reply::integer(-128).as<std::int8_t>().value(), -128);
  EXPECT_EQ(Reply::integer(255).as<std::uint8_t>().value(), 255);
  EXPECT_EQ(Reply::string("65535").as<std::uint16_t>().value(), 65535);
  EXPECT_EQ(Reply::boolean(true).as<int>().value(), 1);
  EXPECT_EQ(Reply::string("-9223372036854775808").as<std::int64_t>().value(),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(Reply::string("18446744073709551615").as<std::uint64_t>().value(),
            std::numeric_limits<std::uint64_t>::max());
}

TEST(ReplyAs, RefusesANumberOutOfTheIntegersRange) {
  EXPECT_EQ(refusal<std::int8_t>(Reply::integer(128)),
            "the reply is the integer 128, not an integer from -128 to 127");
  EXPECT_EQ(refusal<std::uint16_t>(Reply::integer(-1)),
            "the reply is the integer -1, not an integer from 0 to 65535");
  EXPECT_EQ(refusal<std::uint8_t>(Reply::string("256")),
            "the reply is a string of 3 bytes, not an integer from 0 to 255");
}

TEST(ReplyAs, RefusesTextThatIsNoIntegerAsAWhole) {
  for (const char* text : {"", " 1", "1 ", "1.5", "0x10", "+1", "nine"}) {
    EXPECT_FALSE(Reply::string(text).as<int>()) << text;
  }
  EXPECT_FALSE(Reply::real(1).as<int>());
  EXPECT_FALSE(Reply::error("1").as<int>()) << "an error is no number, whatever it says";
}

TEST(ReplyAs, GivesAnyNumberAsADouble) {
  EXPECT_EQ(Reply::real(1.5).as<double>().value(), 1.5);
  EXPECT_EQ(Reply::integer(-3).as<double>().value(), -3);
  EXPECT_EQ(Reply::string("1e3").as<double>().value(), 1000);
  EXPECT_EQ(Reply::string("-inf").as<double>().value(), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(refusal<double>(Reply::string("1.5x")), "the reply is a string of 4 bytes, not a number");
  EXPECT_EQ(refusal<double>(Reply::boolean(true)), "the reply is true, not a number");
}

TEST(ReplyAs, GivesNilAsAnEmptyOptionalAndOnlySo) {
  using Text = std::optional<std::string>;
  EXPECT_EQ(Reply().as<Text>().value(), std::nullopt);
  EXPECT_EQ(Reply::string("v").as<Text>().value(), "v");
  EXPECT_EQ(Reply::string("").as<Text>().value(), "") << "empty is not the same as none";
  EXPECT_EQ(refusal<Text>(Reply::integer(1)), "the reply is the integer 1, not a string");
  EXPECT_EQ(refusal<std::string>(Reply()), "the reply is nil, not a string; std::optional takes nil, too");
  EXPECT_EQ(refusal<Strings>(Reply()), "the reply is nil, not an array; std::optional takes nil, too");
}

TEST(ReplyAs, GivesAnArrayAsAContainerOfTheCallersChoice) {
  const Reply reply = words({"b", "a", "b"});
  EXPECT_EQ(reply.as<Strings>().value(), (Strings{"b", "a", "b"}));
  EXPECT_EQ(reply.as<std::list<std::string>>().value(), (std::list<std::string>{"b", "a", "b"}));
  EXPECT_EQ(reply.as<std::set<std::string>>().value(), (std::set<std::string>{"a", "b"}));
  EXPECT_EQ(reply.as<std::unordered_set<std::string>>().value(), (std::unordered_set<std::string>{"a", "b"}));
  EXPECT_EQ(words({"1", "0"}).as<std::vector<bool>>().value(), (std::vector<bool>{true, false}));
  EXPECT_TRUE(Reply::array({}).as<Strings>().value().empty());
  EXPECT_EQ(refusal<Strings>(Reply::string("a")), "the reply is a string of 1 byte, not an array");
  EXPECT_EQ(refusal<Strings>(Reply::map({Reply::string("k"), Reply::string("v")})),
            "the reply is a map of 1, not an array");
}

TEST(ReplyAs, GivesKeysAndValuesInEveryFormThatServersSendThem) {
  const std::map<std::string, int> expected{{"a", 1}, {"b", 2}};
  const Reply flat = words({"a", "1", "b", "2"});
  const Reply map =
      Reply::map({Reply::string("a"), Reply::integer(1), Reply::string("b"), Reply::integer(2)});
  const Reply pairs = Reply::array({words({"a", "1"}), words({"b", "2"})});
  for (const Reply& reply : {flat, map, pairs}) {
    EXPECT_EQ((reply.as<std::map<std::string, int>>().value()), expected) << reply;
    EXPECT_EQ((reply.as<std::unordered_map<std::string, int>>().value().at("b")), 2) << reply;
  }
  EXPECT_TRUE((Reply::array({}).as<std::map<std::string, int>>().value().empty()));
}

TEST(ReplyAs, KeepsTheOrderOfPairsInAVector) {
  using Scores = std::vector<std::pair<std::string, double>>;
  const Scores expected{{"z", 1.5}, {"a", 2}};
  EXPECT_EQ(words({"z", "1.5", "a", "2"}).as<Scores>().value(), expected);
  EXPECT_EQ(Reply::array({words({"z", "1.5"}), words({"a", "2"})}).as<Scores>().value(), expected);
}

TEST(ReplyAs, RefusesKeysWithoutValues) {
  using Map = std::map<std::string, std::string>;
  EXPECT_EQ(refusal<Map>(words({"a", "1", "b"})), "the reply is an array of 3, not keys with their values");
  EXPECT_EQ(refusal<Map>(Reply::string("a")), "the reply is a string of 1 byte, not keys with their values");
  EXPECT_EQ(refusal<Map>(Reply::array({words({"a", "1", "b"})})),
            "the reply's element [0] is an array of 3, not an array of 2");
}

TEST(ReplyAs, GivesAnArrayOfTheRightLengthAsAPairOrTuple) {
  const Reply popped = words({"queue", "42"});
  EXPECT_EQ((popped.as<std::pair<std::string, int>>().value()), std::pair("queue"s, 42));
  EXPECT_EQ((popped.as<std::tuple<std::string, std::string>>().value()), std::tuple("queue"s, "42"s));
  EXPECT_EQ((Reply::array({}).as<std::tuple<>>().value()), std::tuple<>());
  EXPECT_EQ((refusal<std::pair<std::string, int>>(words({"queue"}))),
            "the reply is an array of 1, not an array of 2");
  EXPECT_EQ((refusal<std::tuple<int, int, int>>(popped)), "the reply is an array of 2, not an array of 3");
}

TEST(ReplyAs, GivesAnythingAsAReply) {
  using Any = std::pair<std::string, Reply>;
  EXPECT_EQ(Reply::array({Reply::string("a"), Reply::error("ERR no")}).as<Any>().value(),
            Any("a", Reply::error("ERR no")));
}

TEST(ReplyAs, FollowsTheTypeIntoEveryDepth) {
  using Entries = std::vector<std::pair<std::string, std::map<std::string, std::optional<int>>>>;
  const Reply reply =
      Reply::array({Reply::array({Reply::string("1-0"), words({"a", "1"})}),
                    Reply::array({Reply::string("2-0"), Reply::array({Reply::string("b"), Reply()})})});
  EXPECT_EQ(reply.as<Entries>().value(), (Entries{{"1-0", {{"a", 1}}}, {"2-0", {{"b", std::nullopt}}}}));
}

TEST(ReplyAs, NamesThePlaceOfWhatDoesNotFit) {
  const Reply reply = Reply::array({words({"1"}), words({"2", "x"}), words({"y"})});
  EXPECT_EQ(refusal<std::vector<std::set<std::uint8_t>>>(reply),
            "the reply's element [1][1] is a string of 1 byte, not an integer from 0 to 255");
  using Map = std::map<std::string, bool>;
  EXPECT_EQ(refusal<Map>(words({"a", "1", "b", "2"})),
            "the reply's element [3] is a string of 1 byte, not true or false, 1 or 0");
  const Reply done = Reply::array({Reply::integer(1), Reply::error("WRONGTYPE no list")});
  EXPECT_EQ((refusal<std::tuple<int, int>>(done)).substr(0, 70),
            "the reply's element [1] is an error (WRONGTYPE no list), not an intege");
}

TEST(ReplyAs, ShowsNoBytesOfStringsWhichMayBeSecret) {
  EXPECT_EQ(refusal<int>(Reply::string("hunter2")).find("hunter2"), std::string::npos);
  EXPECT_EQ(refusal<int>(Reply::status("hunter2")).find("hunter2"), std::string::npos);
}

TEST(ReplyAs, LeavesAFailedResultAsItIs) {
  const Result<Reply> failed = Error(ErrorCode::timeout, Executed::maybe, "no answer in time");
  const auto value = failed.as<std::string>();
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error(), failed.error());
}

TEST(ReplyAs, ConvertsTheReplyOfAResult) {
  const Result<Reply> answered = Reply::string("42");
  EXPECT_EQ(answered.as<int>().value(), 42);
  EXPECT_EQ(answered.as<Strings>().error(), Reply::string("42").as<Strings>().error());
}

}  // namespace
}  // namespace rediscovery
