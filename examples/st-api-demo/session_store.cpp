#include "session_store.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

#include "log.hpp"
#include "signed_url.hpp"

namespace st_api {

using rediscovery::Command;
using rediscovery::Reply;
using rediscovery::Result;

std::chrono::milliseconds Deadline::left() const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(at_ - std::chrono::steady_clock::now());
  return std::max(left, std::chrono::milliseconds(1));
}

std::string new_session_id() {
  unsigned char bytes[16];
  if (RAND_bytes(bytes, sizeof bytes) != 1) throw std::runtime_error("no random numbers");
  return to_hex(bytes, sizeof bytes);
}

Result<bool> SessionStore::has_purchased(const std::string& user, const std::string& content,
                                         const Deadline& deadline) {
  // The pool knows that SISMEMBER only reads, and repeats it where needed.
  const auto reply = pool_.execute({"SISMEMBER", "purchases:" + user, content}, deadline.left());
  if (!reply) return reply.error();
  return reply->to_integer() == 1;
}

Result<Reply> SessionStore::write(const Session& session, const Deadline& deadline) {
  const std::string value = to_text({{"user", session.user},
                                     {"content", session.content},
                                     {"device", session.device},
                                     {"quality", session.quality}});
  // Every session has an ID of its own: setting it again changes nothing. That is what makes the promise of
  // idempotent() true, and a failover invisible to the viewer.
  return pool_.execute(
      Command{"SET", "session:" + session.id, value, "EX", std::to_string(lifetime_.count())}.idempotent(),
      deadline.left());
}

Result<Reply> SessionStore::probe(const Deadline& deadline) {
  return pool_.execute(Command{"SET", "st-api:probe", "", "PX", "1000"}.idempotent(), deadline.left());
}

}  // namespace st_api
