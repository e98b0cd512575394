#include "redis/reply_reader.hpp"

#include <gtest/gtest.h>
#include <hiredis/read.h>

#include <memory>
#include <string>
#include <vector>

// Bytes in, replies out, without a socket: hiredis' reader is fed by hand. That nothing leaks, whatever is
// left half read, is for the address sanitizer to say.
namespace rediscovery::redis {
namespace {

using namespace std::string_literals;

class Reader {
 public:
  Reader() : reader_(redisReaderCreateWithFunctions(reply_object_functions())) { reader_->privdata = &slot_; }
  ~Reader() { redisReaderFree(reader_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  void feed(std::string_view bytes) { redisReaderFeed(reader_, bytes.data(), bytes.size()); }
  // The next complete reply; nullopt: more bytes are needed, or they are not the protocol.
  std::optional<Reply> next() {
    void* object = nullptr;
    if (redisReaderGetReply(reader_, &object) != REDIS_OK) failed_ = true;
    if (failed_ || object == nullptr) return std::nullopt;
    return std::move(slot_.reply);
  }
  // The last one.
  [[nodiscard]] bool was_push() const { return slot_.is_push; }
  [[nodiscard]] bool has_failed() const { return failed_; }

 private:
  redisReader* reader_;
  bool failed_ = false;
  ReplySlot slot_;
};

Reply read(std::string_view bytes) {
  Reader reader;
  reader.feed(bytes);
  const auto reply = reader.next();
  EXPECT_FALSE(reader.has_failed()) << bytes;
  EXPECT_TRUE(reply) << bytes;
  return reply.value_or(Reply::error("nothing was read"));
}

bool is_refused(std::string_view bytes) {
  Reader reader;
  reader.feed(bytes);
  while (reader.next()) {
  }
  return reader.has_failed();
}

struct Row {
  std::string bytes;
  Reply reply;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {"+OK\r\n", Reply::status("OK")},
      {"-READONLY You can't write\r\n", Reply::error("READONLY You can't write")},
      {":-42\r\n", Reply::integer(-42)},
      {":9223372036854775807\r\n", Reply::integer(INT64_MAX)},
      {"$5\r\na\r\n\0b\r\n"s, Reply::string("a\r\n\0b"s)},
      {"$0\r\n\r\n", Reply::string("")},
      {"$-1\r\n", Reply()},
      {"*-1\r\n", Reply()},
      {"*0\r\n", Reply::array({})},
      {"*2\r\n:1\r\n*2\r\n+a\r\n*1\r\n$-1\r\n",
       Reply::array({Reply::integer(1), Reply::array({Reply::status("a"), Reply::array({Reply()})})})},
      {"*2\r\n-ERR in a transaction\r\n:1\r\n",
       Reply::array({Reply::error("ERR in a transaction"), Reply::integer(1)})},
      // RESP3
      {"_\r\n", Reply()},
      {"#t\r\n", Reply::boolean(true)},
      {"#f\r\n", Reply::boolean(false)},
      {"(3492890328409238509324850943850943825024385\r\n",
       Reply::string("3492890328409238509324850943850943825024385")},
      {"=15\r\ntxt:Some string\r\n", Reply::string("Some string")},
      {"=4\r\ntxt:\r\n", Reply::string("")},
      {"%2\r\n+a\r\n:1\r\n+b\r\n%0\r\n",
       Reply::map({Reply::status("a"), Reply::integer(1), Reply::status("b"), Reply::map({})})},
      {"~2\r\n+a\r\n+b\r\n", Reply::array({Reply::status("a"), Reply::status("b")})},
      {">2\r\n+message\r\n$1\r\nx\r\n", Reply::array({Reply::status("message"), Reply::string("x")})},
  };
  return all;
}

TEST(ReplyReader, ReadsEveryType) {
  for (const Row& row : rows()) EXPECT_EQ(read(row.bytes), row.reply) << row.bytes;
}

TEST(ReplyReader, ReadsDoubles) {
  EXPECT_EQ(read(",1.5\r\n").type(), Reply::Type::real);
  EXPECT_EQ(read(",1.5\r\n").to_real(), 1.5);
  EXPECT_EQ(read(",-0.25\r\n").to_real(), -0.25);
  EXPECT_GT(read(",inf\r\n").to_real(), 1e308);
  EXPECT_LT(read(",-inf\r\n").to_real(), -1e308);
}

TEST(ReplyReader, TellsPushesFromAnswers) {
  Reader reader;
  reader.feed(">2\r\n+invalidate\r\n*1\r\n+k\r\n+OK\r\n>1\r\n:1\r\n*1\r\n+x\r\n");
  for (const bool push : {true, false, true, false}) {
    ASSERT_TRUE(reader.next());
    EXPECT_EQ(reader.was_push(), push);
  }
  EXPECT_FALSE(reader.has_failed());
}

TEST(ReplyReader, ReadsTheSameByteByByte) {
  for (const Row& row : rows()) {
    Reader reader;
    for (std::size_t i = 0; i + 1 < row.bytes.size(); ++i) {
      reader.feed({&row.bytes[i], 1});
      ASSERT_EQ(reader.next(), std::nullopt) << row.bytes << " after " << i;
      ASSERT_FALSE(reader.has_failed()) << row.bytes << " after " << i;
    }
    reader.feed({&row.bytes.back(), 1});
    EXPECT_EQ(reader.next(), row.reply) << row.bytes;
  }
}

TEST(ReplyReader, ReadsRepliesOneAfterTheOther) {
  Reader reader;
  std::string all;
  for (const Row& row : rows()) all += row.bytes;
  reader.feed(all);
  for (const Row& row : rows()) EXPECT_EQ(reader.next(), row.reply);
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_FALSE(reader.has_failed());
}

TEST(ReplyReader, WhatIsHalfReadIsFreedWithTheReader) {
  for (const Row& row : rows()) {
    for (std::size_t size = 0; size < row.bytes.size(); ++size) {
      Reader reader;
      reader.feed(std::string_view(row.bytes).substr(0, size));
      EXPECT_EQ(reader.next(), std::nullopt);
    }
  }
}

TEST(ReplyReader, KeepsALongArrayInOrder) {
  std::string bytes = "*10000\r\n";
  for (int i = 0; i < 10'000; ++i) bytes += "*1\r\n:" + std::to_string(i) + "\r\n";
  const Reply reply = read(bytes);
  ASSERT_EQ(reply.elements().size(), 10'000U);
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_EQ(reply.elements()[static_cast<std::size_t>(i)], Reply::array({Reply::integer(i)}));
  }
}

// The announced size is the server's claim, and must not become memory before it becomes bytes.
TEST(ReplyReader, TakesAHugeAnnouncementCalmly) {
  for (const auto* bytes : {"*2147483647\r\n:1\r\n", "*1\r\n*1000000000\r\n", "%1000000000\r\n+a\r\n",
                            "$536870912\r\nabc", "~2147483647\r\n"}) {
    Reader reader;
    reader.feed(bytes);
    EXPECT_EQ(reader.next(), std::nullopt) << bytes;
  }
}

TEST(ReplyReader, RefusesWhatIsNotTheProtocol) {
  for (const auto& bytes :
       {"HTTP/1.1 400 Bad Request\r\n"s, "\r\n"s, "hello\r\n"s, "*x\r\n"s, "*-2\r\n"s, "$-2\r\n"s, "$x\r\n"s,
        ":1x\r\n"s, ":\r\n"s, "#x\r\n"s, "_x\r\n"s, ",x\r\n"s, "(1x\r\n"s, "=3\r\ntxt\r\n"s, "*1\r\n?\r\n"s,
        "*99999999999999999999\r\n"s, "%-2\r\n"s, "\0"s, "\x16\x03\x01\x02"s}) {
    EXPECT_TRUE(is_refused(bytes)) << bytes;
  }
}

TEST(ReplyReader, ReadsWhatCameBeforeTheGarbage) {
  Reader reader;
  reader.feed("+OK\r\n*2\r\n+a\r\n?");
  EXPECT_EQ(reader.next(), Reply::status("OK"));
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_TRUE(reader.has_failed());
}

// Replies are destroyed by recursion: a server that nests them without end would overflow our stack.
TEST(ReplyReader, RefusesRepliesThatAreNestedWithoutEnd) {
  const auto nested = [](int depth) {
    std::string bytes;
    for (int i = 0; i < depth; ++i) bytes += "*1\r\n";
    return bytes + ":1\r\n";
  };
  EXPECT_FALSE(is_refused(nested(128)));
  EXPECT_TRUE(is_refused(nested(129)));
  EXPECT_TRUE(is_refused(nested(1'000'000)));
}

TEST(ReplyReader, SurvivesEveryByteInEveryPlace) {
  const std::string bytes = "*3\r\n$1\r\na\r\n%1\r\n+k\r\n:1\r\n=5\r\ntxt:x\r\n";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string spoilt = bytes;
      spoilt[i] = static_cast<char>(byte);
      Reader reader;
      reader.feed(spoilt);
      while (reader.next()) {
      }
    }
  }
}

}  // namespace
}  // namespace rediscovery::redis
