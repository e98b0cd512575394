#include "measure.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <thread>

namespace rediscovery::demo {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::duration span) { return std::chrono::duration<double, std::milli>(span).count(); }

nlohmann::ordered_json figures(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto middle = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {{"median", std::round(median * 100) / 100}, {"worst", std::round(values.back() * 100) / 100}};
}

// When Consul's servers know that the check is critical: a blocking query of our own beside the gate's.
Clock::time_point wait_critical(GateStage& stage, std::size_t node) {
  std::uint64_t index = 0;
  const auto deadline = Clock::now() + std::chrono::seconds(60);
  while (Clock::now() < deadline) {
    const auto reply =
        stage.consul().request("GET", "/v1/health/checks/st-api?wait=5s&index=" + std::to_string(index), {},
                               std::chrono::seconds(10));
    const auto now = Clock::now();
    if (reply.status != 200) break;
    index = reply.index;
    for (const auto& check : nlohmann::json::parse(reply.body)) {
      if (check.at("ServiceID") == GateStage::id(node) && check.at("Status") == "critical") return now;
    }
  }
  throw std::runtime_error("the check never became critical");
}

}  // namespace

nlohmann::ordered_json measure_gate(GateStage& stage, int times, Screen& screen) {
  stage.start_st_api();
  stage.start_gate({"--rise-ms", "0", "--hold-ms", "0", "--updates-per-minute", "600"});
  (void)stage.gate({"admit", GateStage::id(0), GateStage::id(1), GateStage::id(2)});
  std::vector<double> consuls;
  std::vector<double> ours;
  std::vector<double> whole;
  for (int i = 0; i < times; ++i) {
    if (!stage.wait([&] { return stage.answer().size() == 3; }))
      throw std::runtime_error("not all three are in the answer");
    // Past the gate's batch after the last update, and at another point of Consul's interval each time.
    std::this_thread::sleep_for(std::chrono::milliseconds(1'300 + i * 137 % 1'000));
    const auto taken = Clock::now();
    stage.take_redis(1);
    const auto critical = wait_critical(stage, 1);
    while (stage.answers(1)) {
      if (Clock::now() - critical > std::chrono::seconds(60))
        throw std::runtime_error("the address stayed in the answer");
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    const auto gone = Clock::now();
    consuls.push_back(milliseconds(critical - taken));
    ours.push_back(milliseconds(gone - critical));
    whole.push_back(milliseconds(gone - taken));
    screen.progress(std::to_string(i + 1) + " of " + std::to_string(times));
    stage.give_redis(1);
  }
  return {{"times", times},
          {"check_interval_ms", 1000},
          {"redis_gone_to_critical_ms", figures(consuls)},
          {"critical_to_out_of_the_answer_ms", figures(ours)},
          {"whole_ms", figures(whole)}};
}

}  // namespace rediscovery::demo
