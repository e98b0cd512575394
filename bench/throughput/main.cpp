// How many commands a second, beside what else there is, in one run: README.md says how to read it.
#include <array>
#include <iostream>
#include <iterator>
#include <thread>

#include "command_line.hpp"
#include "figures.hpp"
#include "support/cluster.hpp"
#include "table.hpp"
#include "throughput_usage.hpp"

namespace rediscovery::bench {
namespace {

struct Settings {
  int repetitions = 31;
  double seconds = 0.1;  // of each measurement
  bool json = false;
};

Settings parse(char** arguments) {
  Settings settings;
  CommandLine line;
  line.number("--repetitions", settings.repetitions, 1, 99);
  line.number("--seconds", settings.seconds, 0.01, 60.0);
  line.flag("--json", settings.json);
  line.parse(arguments, kUsage);
  return settings;
}

// In the table's order; the first of each group is what the others are compared with.
std::vector<Row> rows(const Server& server) {
  std::vector<Row> given;
#ifdef REDISCOVERY_BENCH_BOOST
  std::ranges::move(boost_rows(server), std::back_inserter(given));
#endif
  std::ranges::move(async_rows(server), std::back_inserter(given));
  std::ranges::move(hiredis_rows(server), std::back_inserter(given));
  std::ranges::move(pool_rows(server), std::back_inserter(given));
  std::vector<Row> ordered;
  for (const auto& group : {kManyInFlight, kSomeInFlight, kOneThread, kSixteenThreads}) {
    std::ranges::copy_if(given, std::back_inserter(ordered),
                         [&](const Row& row) { return row.group == group; });
  }
  return ordered;
}

void measure(const Settings& settings, Table& table, const std::vector<Row>& all) {
  // In random order, so that what else the machine does meanwhile meets every row alike.
  std::array<std::string, 2> words{"bench_throughput", "--benchmark_enable_random_interleaving=true"};
  std::array<char*, 3> arguments{words[0].data(), words[1].data(), nullptr};
  int count = 2;
  benchmark::Initialize(&count, arguments.data());
  for (const Row& row : all) {
    const auto run = [&row](benchmark::State& state) {
      try {
        row.run(state);
      } catch (const std::exception& error) {
        state.SkipWithError(error.what());
      }
    };
    benchmark::RegisterBenchmark(Table::key(row).c_str(), run)
        ->Threads(row.threads)
        ->MinTime(settings.seconds)
        ->Repetitions(settings.repetitions)
        ->UseRealTime();
  }
  benchmark::RunSpecifiedBenchmarks(&table);
  benchmark::Shutdown();
}

void run(const Settings& settings) {
  testing::ClusterOptions options;
  options.redis_nodes = 1;
  options.sentinels = 0;
  options.consul = false;
  testing::Cluster cluster(options);
  const Server server{cluster.redis(0).ip(), cluster.redis(0).port()};

  const std::vector<Row> all = rows(server);
#ifndef REDISCOVERY_BENCH_BOOST
  std::cerr
      << "Boost.Redis was missing when this was built: its rows are left out. scripts/setup provides it.\n";
#endif
  warn_of_debug_build();
  Table table(all);
  const double load_before = load();
  std::cerr << all.size() << " rows, " << settings.repetitions << " times " << settings.seconds
            << " s each\n";
  measure(settings, table, all);
  const auto groups = table.to_json();
  const auto processors = std::thread::hardware_concurrency();
  const std::string version = cluster.redis(0).info("server").at("redis_version");
  if (settings.json) {
    std::cout << nlohmann::json{{"groups", groups},
                                {"server", version},
                                {"repetitions", settings.repetitions},
                                {"seconds", settings.seconds},
                                {"processors", processors},
                                {"load_before", load_before}}
              << '\n';
    return;
  }
  std::cout << "Redis " << version << " on the same machine, " << processors << " processors, load before "
            << load_before << "; medians of " << settings.repetitions << " times " << settings.seconds
            << " s\n";
  Table::print(std::cout, groups);
}

}  // namespace
}  // namespace rediscovery::bench

int main(int /*count*/, char** arguments) {
  return rediscovery::bench::run_program(
      "bench_throughput", [&] { rediscovery::bench::run(rediscovery::bench::parse(arguments)); });
}
