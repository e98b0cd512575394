// A server may answer the handshake with anything: it ends in a report that can be used or in an error
// without the password, after as many replies as there were commands.
#include "core/endpoint.hpp"
#include "fuzz/bytes.hpp"
#include "fuzz/replies.hpp"
#include "fuzz/target.hpp"
#include "redis/handshake.hpp"

namespace rediscovery::fuzz {
namespace {

constexpr const char* kPassword = "s3cr3t";

redis::Identity identity_of(Bytes& input) {
  const std::uint8_t flags = input.byte();
  redis::Identity identity;
  if ((flags & 1U) != 0) identity.username = "app";
  if ((flags & 2U) != 0) identity.password = kPassword;
  if ((flags & 4U) != 0) identity.client_name = "fuzz";
  if ((flags & 8U) != 0) identity.database = 7;
  if ((flags & 16U) != 0) identity.protocol = 3;
  return identity;
}

void check(const core::NodeReport& report) {
  for (const auto& replica : report.replicas) {
    EXPECT_EQ(report.role, core::Role::master);
    EXPECT_TRUE(core::is_numeric_address(replica.address)) << replica.address;
    EXPECT_NE(replica.port, 0);
  }
  if (!report.master) return;
  EXPECT_EQ(report.role, core::Role::replica);
  EXPECT_TRUE(core::is_numeric_address(report.master->address)) << report.master->address;
  EXPECT_NE(report.master->port, 0);
}

void shake(redis::Handshake handshake, std::vector<Reply> replies, bool secret) {
  std::size_t taken = 0;
  for (auto& reply : replies) {
    ASSERT_LT(taken, handshake.commands().size()) << "no result after the last reply";
    ++taken;
    const auto result = handshake.on_reply(std::move(reply));
    if (!result) continue;
    if (*result) return check(**result);
    EXPECT_EQ(result->error().executed(), Executed::no);
    const std::string message = result->error().message();
    EXPECT_FALSE(message.empty());
    EXPECT_LT(message.size(), 1000U) << "too long for a log";
    EXPECT_FALSE(secret && message.find(kPassword) != std::string::npos) << message;
    return;
  }
  EXPECT_LT(taken, handshake.commands().size()) << "no result after the last reply";
}

}  // namespace
}  // namespace rediscovery::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rediscovery;
  fuzz::Bytes input(data, size);
  const auto identity = fuzz::identity_of(input);
  const auto bytes = input.rest();
  fuzz::shake(redis::Handshake(identity), fuzz::replies_in(bytes), !identity.password.empty());
  fuzz::shake(redis::Handshake::question(), fuzz::replies_in(bytes), false);
  return 0;
}
