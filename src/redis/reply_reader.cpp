#include "redis/reply_reader.hpp"

#include <hiredis/hiredis.h>

#include <new>
#include <string>

namespace rediscovery {

// hiredis calls one of these functions for every value it reads, children after their parents. A child lives
// in its parent's vector; that vector grows only between children, when nobody points into it.
class ReplyBuilder {
 public:
  static void* string(const redisReadTask* task, char* bytes, std::size_t size) {
    return create(task, [&](Reply& reply) {
      switch (task->type) {
        case REDIS_REPLY_STATUS:
          reply.type_ = Reply::Type::status;
          break;
        case REDIS_REPLY_ERROR:
          reply.type_ = Reply::Type::error;
          break;
        default:
          reply.type_ = Reply::Type::string;
      }
      // A verbatim string starts with its format: "txt:".
      const std::size_t skip = task->type == REDIS_REPLY_VERB && size >= 4 ? 4 : 0;
      reply.text_.assign(bytes + skip, size - skip);
    });
  }

  static void* array(const redisReadTask* task, std::size_t count) {
    if (is_too_deep(task)) return nullptr;
    return create(task, [&](Reply& reply) {
      const bool map = task->type == REDIS_REPLY_MAP || task->type == REDIS_REPLY_ATTR;
      reply.type_ = map ? Reply::Type::map : Reply::Type::array;
      // The announced count is the server's claim: only what arrives is worth memory.
      constexpr std::size_t kMostReserved = 1024;
      reply.elements_.reserve(std::min(count, kMostReserved));
    });
  }

  static void* integer(const redisReadTask* task, long long value) {
    return create(task, [&](Reply& reply) {
      reply.type_ = Reply::Type::integer;
      reply.integer_ = value;
    });
  }

  static void* real(const redisReadTask* task, double value, char* text, std::size_t size) {
    return create(task, [&](Reply& reply) {
      reply.type_ = Reply::Type::real;
      reply.real_ = value;
      reply.text_.assign(text, size);
    });
  }

  static void* boolean(const redisReadTask* task, int value) {
    return create(task, [&](Reply& reply) {
      reply.type_ = Reply::Type::boolean;
      reply.integer_ = value != 0 ? 1 : 0;
    });
  }

  static void* nil(const redisReadTask* task) {
    return create(task, [](Reply&) {});
  }

 private:
  // Replies are destroyed and printed by recursion, so their depth must not be the server's choice.
  static bool is_too_deep(const redisReadTask* task) {
    constexpr int kMostDepth = 128;
    int depth = 0;
    while (task->parent != nullptr && depth <= kMostDepth) {
      task = task->parent;
      ++depth;
    }
    return depth >= kMostDepth;
  }

  // Exceptions must not travel through hiredis, which is C; a null pointer tells it "out of memory".
  template <typename Fill>
  static void* create(const redisReadTask* task, Fill fill) noexcept {
    try {
      if (task->parent == nullptr) {
        auto& slot = *static_cast<redis::ReplySlot*>(task->privdata);
        slot.reply = Reply();
        slot.is_push = task->type == REDIS_REPLY_PUSH;
        fill(slot.reply);
        return &slot.reply;
      }
      auto& siblings = static_cast<Reply*>(task->parent->obj)->elements_;
      fill(siblings.emplace_back());
      return &siblings.back();
    } catch (const std::bad_alloc&) {
      return nullptr;
    }
  }
};

namespace redis {

redisReplyObjectFunctions* reply_object_functions() {
  static redisReplyObjectFunctions functions = {
      ReplyBuilder::string, ReplyBuilder::array,   ReplyBuilder::integer, ReplyBuilder::real,
      ReplyBuilder::nil,    ReplyBuilder::boolean, [](void*) {},  // the slot is its owner's
  };
  return &functions;
}

}  // namespace redis
}  // namespace rediscovery
