// What single parts cost: README.md says how to read the rows.
#include <optional>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "command_line.hpp"
#include "figures.hpp"
#include "micro_usage.hpp"
#include "servers.hpp"

namespace rediscovery::bench {
namespace {

std::optional<testing::Cluster> cluster;

void run(char** arguments) {
  std::string filter = ".";
  double seconds = 0.5;
  int repetitions = 1;
  bool as_json = false;
  CommandLine line;
  line.text("--filter", filter);
  line.number("--seconds", seconds, 0.01, 60.0);
  line.number("--repetitions", repetitions, 1, 99);
  line.flag("--json", as_json);
  line.parse(arguments, kUsage);

  warn_of_debug_build();
  std::vector<std::string> words{"bench_micro",
                                 "--benchmark_filter=" + filter,
                                 "--benchmark_min_time=" + std::to_string(seconds),
                                 "--benchmark_repetitions=" + std::to_string(repetitions),
                                 "--benchmark_report_aggregates_only=true",
                                 std::string("--benchmark_format=") + (as_json ? "json" : "console")};
  std::vector<char*> given;
  for (auto& word : words) given.push_back(word.data());
  int count = static_cast<int>(given.size());
  given.push_back(nullptr);
  benchmark::Initialize(&count, given.data());
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  cluster.reset();
}

}  // namespace

testing::Cluster& servers() {
  if (!cluster) {
    testing::ClusterOptions options;
    options.redis_nodes = 1;
    options.sentinels = 0;
    cluster.emplace(std::move(options));
  }
  return *cluster;
}

}  // namespace rediscovery::bench

int main(int /*count*/, char** arguments) {
  return rediscovery::bench::run_program("bench_micro", [&] { rediscovery::bench::run(arguments); });
}
