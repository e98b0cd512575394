// The example service in what it is made for: a master that dies, and answers that are lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <thread>

#include "pool/fake_master.hpp"
#include "st_api_variants.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Answer = StApiProcess::Answer;

constexpr const char* kStart = "/playback/film-1?user=ada&device=tv&quality=hd";
const StApiProcess::Headers kKey{{"Idempotency-Key", "start-1"}};

class StApiFailover : public EachVariant {
 protected:
  void SetUp() override {
    cluster_ = std::make_unique<Cluster>();
    cluster_->redis(0).command({"SADD", "purchases:ada", "film-1"});
    st_api_ =
        launch(*cluster_, {"--redis-replicas", cluster_->slave_service_name(), "--deadline-ms", "15000"});
    st_api_->wait_ready();
    wait_on_replicas("purchases:ada");
  }
  void wait_on_replicas(const std::string& key) {
    wait_until(
        [&] {
          return cluster_->redis(1).command({"EXISTS", key}).integer == 1 &&
                 cluster_->redis(2).command({"EXISTS", key}).integer == 1;
        },
        std::chrono::seconds(10), key + " to be on both replicas");
  }
  [[nodiscard]] std::string stored(std::size_t node, const std::string& session) {
    return cluster_->redis(node).command({"GET", "session:" + session}).text;
  }

  std::unique_ptr<Cluster> cluster_;
  std::unique_ptr<StApiProcess> st_api_;
};

INSTANTIATE_TEST_SUITE_P(Both, StApiFailover, kBothVariants, kVariantName);

TEST_P(StApiFailover, AStartThatIsRepeatedOnTheNewMasterIsTheSame) {
  const Answer first = st_api_->get(kStart, kKey);
  ASSERT_EQ(first.status, 200);
  wait_on_replicas("history:ada");
  cluster_->redis(0).kill();
  const Answer second = st_api_->get(kStart, kKey);
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.body, first.body);
  const std::size_t master = cluster_->wait_new_master(0);
  EXPECT_EQ(cluster_->redis(master).command({"ZCARD", "history:ada"}).integer, 1);
}

TEST_P(StApiFailover, AStartWhoseAnswerWasLostIsFoundOnTheNewMaster) {
  {
    const auto viewer = st_api_->send_only(kStart, "Idempotency-Key: start-1\r\n");
    wait_on_replicas("history:ada");
  }
  const auto entry = cluster_->redis(1).command({"ZRANGE", "history:ada", "0", "-1"}).elements.at(0).text;
  const std::string session = entry.substr(0, entry.find(' '));
  const std::string before = stored(1, session);
  ASSERT_NE(before, "");
  cluster_->redis(0).kill();
  const Answer again = st_api_->get(kStart, kKey);
  ASSERT_EQ(again.status, 200);
  EXPECT_EQ(again.body["session"], session);
  const std::size_t master = cluster_->wait_new_master(0);
  EXPECT_EQ(stored(master, session), before);
  EXPECT_EQ(nlohmann::json::parse(before)["expires"], again.body["expires"]);
  EXPECT_EQ(cluster_->redis(master).command({"ZCARD", "history:ada"}).integer, 1);
}

// The master hangs with the requests: whether it has run them, nobody knows. The library sends them again.
TEST_P(StApiFailover, StartsThatAreUnderWayWhenTheMasterHangsAreAnsweredByTheNewOne) {
  cluster_->redis(0).stop();
  std::vector<Answer> answers(4);
  {
    std::vector<std::jthread> viewers;
    for (auto& answer : answers) {
      viewers.emplace_back([this, &answer] { answer = st_api_->get(kStart, kKey); });
    }
  }
  std::set<std::string> texts;
  for (const Answer& answer : answers) {
    EXPECT_EQ(answer.status, 200) << answer.text;
    texts.insert(answer.text);
  }
  EXPECT_EQ(texts.size(), 1U);
  const std::size_t master = cluster_->wait_new_master(0);
  EXPECT_EQ(cluster_->redis(master).command({"ZCARD", "history:ada"}).integer, 1);
}

class StApiInDoubt : public EachVariant {};
INSTANTIATE_TEST_SUITE_P(Both, StApiInDoubt, kBothVariants, kVariantName);

TEST_P(StApiInDoubt, AWriteThatGotNoAnswerIsToldAsSuch) {
  ClusterOptions options;
  options.redis_nodes = 1;
  options.sentinels = 0;
  Cluster cluster(options);
  FakeMaster master(cluster.addresses().next_free_ip(), std::string(40, 'a'));
  // Says nothing to commands that begin so. (Those for the history leave together in one variant.)
  const auto answer_but = [](const std::string& silent) {
    return [silent](const std::vector<std::string>& words) {
      if (!silent.empty() && words.front().starts_with(silent)) return TcpAction{};
      if (words.front() == "CLIENT") return TcpAction{"+OK\r\n"};
      return TcpAction{words.front() == "SET" ? "$-1\r\n" : ":1\r\n"};
    };
  };
  master.answer(answer_but(""));
  auto server = launch(cluster, {"--redis", master.endpoint(), "--deadline-ms", "300"});
  server->wait_ready();
  const auto wait_answered = [&] {
    wait_until([&] { return server->get(kStart, kKey).status == 200; }, std::chrono::seconds(10),
               "a start to be answered");
  };
  wait_answered();
  for (const auto& [silent, executed] :
       {std::pair("SISMEMBER", "no"), std::pair("SET", "maybe"), std::pair("Z", "maybe")}) {
    master.answer(answer_but(silent));
    const Answer answer = server->get(kStart, kKey);
    EXPECT_EQ(answer.status, 503) << silent;
    EXPECT_EQ(answer.body["executed"], executed) << silent;
    EXPECT_EQ(answer.header("Retry-After"), "1") << silent;
    EXPECT_THAT(answer.text, Not(HasSubstr(master.endpoint()))) << silent;
    master.answer(answer_but(""));
    // A server that has left out one answer gives no later one on that connection.
    master.server().close_connections();
    wait_answered();
  }
  // Why, is for whoever runs it.
  bool logged = false;
  for (const auto& line : server->log_lines()) logged = logged || line.value("executed", "") == "maybe";
  EXPECT_TRUE(logged);
}

}  // namespace
}  // namespace rediscovery::testing
