// AsyncClient while the master moves, hangs or dies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include <rediscovery/async_client.hpp>

#include "pool/fixture.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Switch : public PairTest {
 protected:
  Options options() {
    Options options = PairTest::options();
    options.silence_timeout = 100ms;
    options.connect_timeout = 100ms;
    return options;
  }
};

/// Commands at a steady pace, whether or not anything answers.
class Traffic {
 public:
  Traffic(AsyncClient& client, const Command& command, std::chrono::milliseconds pause)
      : thread_([this, &client, command, pause](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
            ++sent_;
            client.execute(command, kLong, [this](const Result<Reply>& result) { count(result); });
            std::this_thread::sleep_for(pause);
          }
        }) {}
  /// No more; waits until everything has its answer.
  void stop() {
    thread_.request_stop();
    thread_.join();
    wait_until([this] { return completed() == sent_; }, kLong, "every callback");
  }
  [[nodiscard]] int completed() const { return succeeded + in_doubt + failed; }

  std::atomic<int> succeeded{0};
  std::atomic<int> in_doubt{0};
  std::atomic<int> failed{0};  // in any other way

 private:
  void count(const Result<Reply>& result) {
    if (result) {
      ++succeeded;
    } else if (result.error().executed() == Executed::maybe) {
      ++in_doubt;
    } else {
      ++failed;
    }
  }

  std::atomic<int> sent_{0};
  std::jthread thread_;
};

// hiredis' own time-out is restarted by every write, and never fires under steady traffic.
TEST_F(Switch, AMasterThatFallsSilentUnderSteadyTrafficIsSuspectedAllTheSame) {
  AsyncClient client(options());
  ASSERT_SUCCEEDS(client.execute({"PING"}, kLong, use_future).get());
  Traffic traffic(client, {"SET", "k", "v"}, 5ms);
  wait_until([&] { return traffic.succeeded > 20; }, kLong, "traffic");
  node(0).stop();
  EXPECT_THAT(log_.wait(EventKind::suspect).reason, StartsWith("silent"));
  node(0).cont();
  traffic.stop();
  EXPECT_EQ(traffic.failed + traffic.in_doubt, 0);
}

TEST_F(Switch, WhatWaitsIsCarriedToTheNewMasterAndWhatIsInDoubtIsTold) {
  AsyncClient client(options());
  ASSERT_SUCCEEDS(client.execute({"SET", "k", "before"}, kLong, use_future).get());
  wait_replicated();
  node(0).stop();
  auto in_doubt = client.execute({"INCR", "n"}, kLong, use_future);
  auto idempotent = client.execute(Command{"SET", "k", "after"}.idempotent(), kLong, use_future);
  auto reading = client.execute({"GET", "k"}, kLong, use_future);
  wait_until([&] { return client.stats().in_flight == 3; }, kLong, "all to be sent");
  log_.wait(EventKind::suspect);
  auto waiting = client.execute({"INCR", "n"}, kLong, use_future);
  node(1).replicate("");
  point_to({node(1).ip()});

  const auto doubtful = in_doubt.get();
  EXPECT_EQ(doubtful.error().executed(), Executed::maybe);
  EXPECT_THAT(doubtful.error().message(), HasSubstr("another master"));
  ASSERT_SUCCEEDS(idempotent.get());
  EXPECT_EQ(reading.get().value().text(), "after") << "in the order in which they were asked for";
  EXPECT_EQ(waiting.get().value().to_integer(), 1) << "the one in doubt was not sent again";
  EXPECT_EQ(client.stats().generation, 2U);
}

TEST_F(Switch, ADemotedMastersRefusalsAreCarriedToTheNewOne) {
  AsyncClient client(options());
  ASSERT_SUCCEEDS(client.execute({"PING"}, kLong, use_future).get());
  Traffic traffic(client, {"INCR", "n"}, 1ms);
  for (const std::size_t to : {1U, 0U, 1U}) {
    const int before = traffic.succeeded;
    cluster().repoint(to);
    point_to({node(to).ip()});
    wait_until([&] { return traffic.succeeded > before + 50; }, kLong, "writes to go on");
  }
  traffic.stop();
  EXPECT_EQ(traffic.failed, 0);
  const auto counter = std::stoi(node(1).command({"GET", "n"}).text);
  EXPECT_LE(counter, traffic.succeeded + traffic.in_doubt) << "something was executed twice";
}

TEST_F(Switch, AKilledMastersCommandsAreInDoubtAndTheRestGoesOn) {
  Options with_replica = options();
  with_replica.replicas = node(0).ip() + ":6379," + node(1).ip() + ":6379";
  AsyncClient client(with_replica);
  ASSERT_SUCCEEDS(client.execute({"PING"}, kLong, use_future).get());
  Traffic traffic(client, {"INCR", "n"}, 1ms);
  wait_until([&] { return traffic.succeeded > 50; }, kLong, "traffic");
  node(0).kill();
  node(1).replicate("");
  point_to({node(1).ip()});
  const int before = traffic.succeeded;
  wait_until([&] { return traffic.succeeded > before + 50; }, kLong, "writes to go on");
  traffic.stop();
  EXPECT_EQ(traffic.failed, 0);
  EXPECT_EQ(client.stats().generation, 2U);
}

TEST_F(Switch, SeveralPipelinesMoveTogether) {
  Options many = options();
  many.pipelines = 3;
  AsyncClient client(many);
  ASSERT_SUCCEEDS(client.execute({"PING"}, kLong, use_future).get());
  wait_until([&] { return client.stats().in_use == 3; }, kLong, "three connections");
  Traffic traffic(client, {"INCR", "n"}, 1ms);
  wait_until([&] { return traffic.succeeded > 50; }, kLong, "traffic");
  cluster().repoint(1);
  point_to({node(1).ip()});
  wait_until([&] { return client.stats().generation == 2 && client.stats().in_use == 3; }, kLong,
             "three connections to the new master");
  traffic.stop();
  EXPECT_EQ(traffic.failed, 0);
  log_.wait(EventKind::drained);
}

TEST_F(Switch, AnIdleConnectionIsAskedForItsRole) {
  Options attentive = options();
  attentive.idle_check_interval = 100ms;
  attentive.refresh_floor = 1h;  // so that DNS says nothing
  attentive.refresh_ceiling = 1h;
  AsyncClient client(attentive);
  ASSERT_SUCCEEDS(client.execute({"PING"}, kLong, use_future).get());
  node(1).replicate("");
  node(0).replicate(node(1).ip());
  EXPECT_THAT(log_.wait(EventKind::suspect).reason, HasSubstr("replica"));
}

TEST_F(Switch, AConnectionIsReplacedAtTheEndOfItsLifetimeAndNothingIsLost) {
  Options brief = options();
  brief.max_lifetime = 100ms;
  AsyncClient client(brief);
  Traffic traffic(client, {"INCR", "n"}, 1ms);
  log_.wait_reason(EventKind::connection_closed, "spent");
  const int before = traffic.succeeded;
  wait_until([&] { return traffic.succeeded > before + 50; }, kLong, "writes to go on");
  traffic.stop();
  EXPECT_EQ(traffic.failed + traffic.in_doubt, 0);
  EXPECT_EQ(std::stoi(node(0).command({"GET", "n"}).text), traffic.succeeded);
}

}  // namespace
}  // namespace rediscovery::testing
