// The replies that bytes from a server hold, read as redis::Connection reads them.
#pragma once

#include <hiredis/hiredis.h>

#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "redis/reply_reader.hpp"

namespace rediscovery::fuzz {

class ReplyReader {
 public:
  ReplyReader() {
    reader_->fn = redis::reply_object_functions();
    reader_->privdata = &slot_;
  }

  void feed(std::string_view bytes) { redisReaderFeed(reader_.get(), bytes.data(), bytes.size()); }
  // nullopt: it is not whole yet, or the bytes are not the protocol.
  std::optional<redis::ReplySlot> next() {
    void* done = nullptr;
    if (redisReaderGetReply(reader_.get(), &done) != REDIS_OK || done == nullptr) return std::nullopt;
    return std::exchange(slot_, {});
  }
  [[nodiscard]] bool failed() const { return reader_->err != 0; }

 private:
  struct Free {
    void operator()(redisReader* reader) const { redisReaderFree(reader); }
  };
  redis::ReplySlot slot_;
  std::unique_ptr<redisReader, Free> reader_{redisReaderCreateWithFunctions(nullptr)};
};

inline std::vector<Reply> replies_in(std::string_view bytes) {
  ReplyReader reader;
  reader.feed(bytes);
  std::vector<Reply> replies;
  while (auto reply = reader.next()) replies.push_back(std::move(reply->reply));
  return replies;
}

}  // namespace rediscovery::fuzz
