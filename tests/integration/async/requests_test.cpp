// Transactions, scripts and acknowledged writes, by Pool and by AsyncClient.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscovery/async_client.hpp>
#include <rediscovery/pool.hpp>
#include <rediscovery/script.hpp>

#include "pool/fixture.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::HasSubstr;

/// Both clients through one door.
class Client {
 public:
  enum class Kind : std::uint8_t { pool, async };
  Client(Kind kind, const Options& options) {
    if (kind == Kind::pool) {
      pool_.emplace(options);
    } else {
      async_.emplace(options);
    }
  }
  template <typename Request>
  Result<Reply> execute(const Request& request) {
    return pool_ ? pool_->execute(request, kLong) : async_->execute(request, kLong, use_future).get();
  }
  [[nodiscard]] Stats stats() const { return pool_ ? pool_->stats() : async_->stats(); }

 private:
  std::optional<Pool> pool_;
  std::optional<AsyncClient> async_;
};

class Requests : public PairTest, public ::testing::WithParamInterface<Client::Kind> {};

TEST_P(Requests, ATransactionsResultIsWhatItsCommandsAnswered) {
  Client client(GetParam(), options());
  const auto result = client.execute(
      Transaction().add({"SET", "a", "1"}).add({"INCR", "a"}).add({"LPUSH", "a", "x"}).add({"INCR", "a"}));
  ASSERT_SUCCEEDS(result);
  ASSERT_EQ(result->elements().size(), 4U);
  EXPECT_EQ(result->elements()[1].to_integer(), 2);
  EXPECT_TRUE(result->elements()[2].is_error());
  EXPECT_EQ(result->elements()[3].to_integer(), 3);
}

TEST_P(Requests, ATransactionThatIsRefusedAsAWholeHasNoEffect) {
  Client client(GetParam(), options());
  const auto result = client.execute(Transaction().add({"SET", "a", "1"}).add({"NONSENSE"}));
  EXPECT_EQ(result.error().code(), ErrorCode::server_error);
  EXPECT_THAT(result.error().message(), HasSubstr("unknown command"));
  EXPECT_TRUE(client.execute(Command{"GET", "a"}).value().is_nil());
}

TEST_P(Requests, ATransactionThatADemotedMasterRefusesIsCarriedToTheNewOne) {
  Client client(GetParam(), options());
  ASSERT_SUCCEEDS(client.execute(Command{"SET", "a", "1"}));
  wait_replicated();
  cluster().repoint(1);
  point_to({node(1).ip()});
  const auto result = client.execute(Transaction().add({"INCR", "a"}).add({"INCR", "a"}));
  ASSERT_SUCCEEDS(result);
  EXPECT_EQ(result->elements().back().to_integer(), 3);
}

TEST_P(Requests, AScriptIsSentByItsTextOnceAndThenByItsHash) {
  Client client(GetParam(), options());
  ASSERT_SUCCEEDS(client.execute(Command{"SCRIPT", "FLUSH"}));
  const Script script("return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}");
  const auto calls = [&](const std::string& command) {
    const auto all = node(0).info("commandstats");
    const auto found = all.find("cmdstat_" + command);
    return found == all.end() ? 0 : std::stoi(found->second.substr(std::string("calls=").size()));
  };
  const int before = calls("eval");
  for (int i = 1; i <= 3; ++i) {
    const auto result = client.execute(script.call({"n"}, {"argument"}));
    ASSERT_SUCCEEDS(result);
    EXPECT_EQ(result->elements()[2].to_integer(), i);
  }
  EXPECT_EQ(calls("eval"), before + 1);
}

TEST_P(Requests, AWriteIsAcknowledgedByAReplica) {
  Client client(GetParam(), options());
  ASSERT_SUCCEEDS(client.execute(Command{"SET", "k", "v"}.acknowledged_by(1, 10s)));
  EXPECT_EQ(node(1).command({"GET", "k"}).text, "v");
}

TEST_P(Requests, AWriteThatTooFewReplicasAcknowledgeIsInDoubtAndTheMasterHasIt) {
  Client client(GetParam(), options());
  const auto result = client.execute(Command{"SET", "k", "v"}.acknowledged_by(2, 20ms));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::unacknowledged);
  EXPECT_EQ(result.error().executed(), Executed::maybe);
  EXPECT_THAT(result.error().message(), HasSubstr("2 replicas within 20 ms: acknowledged by 1"));
  EXPECT_EQ(client.execute(Command{"GET", "k"}).value().text(), "v");
  EXPECT_EQ(client.stats().suspicions, 0U) << log_.text();
}

INSTANTIATE_TEST_SUITE_P(By, Requests, ::testing::Values(Client::Kind::pool, Client::Kind::async),
                         [](const auto& each) {
                           return each.param == Client::Kind::pool ? "Pool" : "AsyncClient";
                         });

}  // namespace
}  // namespace rediscovery::testing
