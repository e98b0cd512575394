// Lets hiredis' parser build our replies directly, without a tree of its own in between.
#pragma once

#include <rediscovery/reply.hpp>

struct redisReplyObjectFunctions;

namespace rediscovery::redis {

// Where a reader builds the reply that it is reading: for redisReader::privdata, so that a reply costs no
// allocation of its own. Holds the last one until the next is begun.
struct ReplySlot {
  Reply reply;
  // RESP3: what the server says unasked, which is no answer to any command.
  bool is_push = false;
};

// For redisReader::fn. The objects they make are in the ReplySlot.
[[nodiscard]] redisReplyObjectFunctions* reply_object_functions();

}  // namespace rediscovery::redis
