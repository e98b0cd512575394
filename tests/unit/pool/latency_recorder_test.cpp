#include "pool/latency_recorder.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace rediscovery {
namespace {

using namespace std::chrono_literals;

TEST(LatencyRecorder, PutsADurationIntoTheRangeThatEndsWithItOrAfterIt) {
  LatencyRecorder recorder;
  for (const core::Duration took : {core::Duration(0us), core::Duration(10us), core::Duration(11us),
                                    core::Duration(10s), core::Duration(10s + 1us)}) {
    recorder.record(took);
  }
  const Histogram histogram = recorder.snapshot();
  EXPECT_EQ(histogram.counts[0], 2U);
  EXPECT_EQ(histogram.counts[1], 1U);
  EXPECT_EQ(histogram.counts[18], 1U);
  EXPECT_EQ(histogram.counts[19], 1U);
  EXPECT_EQ(histogram.sum, 20s + 22us);
  EXPECT_EQ(histogram.longest, 10s + 1us);
}

TEST(LatencyRecorder, TakesANegativeDurationForNone) {
  LatencyRecorder recorder;
  recorder.record(-1s);
  EXPECT_EQ(recorder.snapshot().counts[0], 1U);
  EXPECT_EQ(recorder.snapshot().sum, 0s);
}

TEST(LatencyRecorder, LosesNothingThatSeveralThreadsRecord) {
  LatencyRecorder recorder;
  std::vector<std::thread> threads;
  for (int thread = 1; thread <= 4; ++thread) {
    threads.emplace_back([&recorder, thread] {
      for (int i = 0; i < 1000; ++i) recorder.record(thread * 1ms);
    });
  }
  for (auto& thread : threads) thread.join();
  const Histogram histogram = recorder.snapshot();
  EXPECT_EQ(histogram.count(), 4000U);
  EXPECT_EQ(histogram.sum, 10s);
  EXPECT_EQ(histogram.longest, 4ms);
}

}  // namespace
}  // namespace rediscovery
