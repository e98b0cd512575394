// Lets hiredis' parser build our replies directly, without a tree of its own in between.
#pragma once

#include <rediscovery/reply.hpp>

struct redisReplyObjectFunctions;

namespace rediscovery::redis {

// For redisReader::fn. The objects it makes are taken with take_reply(), exactly once.
[[nodiscard]] redisReplyObjectFunctions* reply_object_functions();
[[nodiscard]] Reply take_reply(void* object);
// RESP3: what the server says unasked, which is no answer to any command.
[[nodiscard]] bool is_push(const void* object);

}  // namespace rediscovery::redis
