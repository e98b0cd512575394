#include <gtest/gtest.h>

#include <algorithm>
#include <locale>
#include <regex>
#include <set>
#include <sstream>
#include <vector>

#include <rediscovery/stats.hpp>

namespace rediscovery {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool has_line(const std::string& text, const std::string& line) {
  const auto lines = lines_of(text);
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

Stats some() {
  Stats stats;
  stats.generation = 2;
  stats.master = "10.0.0.5:6379";
  stats.suspect = true;
  stats.idle = 3;
  stats.commands = 7;
  stats.execute.counts[0] = 4;
  stats.execute.counts[6] = 1;
  stats.execute.counts[19] = 1;
  stats.execute.sum = 12'345'678us;
  return stats;
}

TEST(Prometheus, WritesEveryKindOfSample) {
  const std::string text = Stats::to_prometheus({{"main", some()}});
  for (const auto* line : {
           "# HELP rediscovery_commands_total Calls that ended with a reply or a server's error.",
           "# TYPE rediscovery_commands_total counter",
           R"(rediscovery_commands_total{pool="main"} 7)",
           "# TYPE rediscovery_generation gauge",
           R"(rediscovery_generation{pool="main"} 2)",
           R"(rediscovery_suspect{pool="main"} 1)",
           R"(rediscovery_master_info{pool="main",endpoint="10.0.0.5:6379"} 1)",
           R"(rediscovery_connections{pool="main",state="idle"} 3)",
           "# TYPE rediscovery_execute_seconds histogram",
           R"(rediscovery_execute_seconds_bucket{pool="main",le="1e-05"} 4)",
           R"(rediscovery_execute_seconds_bucket{pool="main",le="0.0005"} 4)",
           R"(rediscovery_execute_seconds_bucket{pool="main",le="0.001"} 5)",
           R"(rediscovery_execute_seconds_bucket{pool="main",le="10"} 5)",
           R"(rediscovery_execute_seconds_bucket{pool="main",le="+Inf"} 6)",
           R"(rediscovery_execute_seconds_sum{pool="main"} 12.345678)",
           R"(rediscovery_execute_seconds_count{pool="main"} 6)",
       }) {
    EXPECT_TRUE(has_line(text, line)) << line << "\n" << text;
  }
}

TEST(Prometheus, DescribesAFamilyOnceForAllPools) {
  const std::string text = Stats::to_prometheus({{"a", some()}, {"b", Stats{}}});
  std::set<std::string> described;
  for (const auto& line : lines_of(text)) {
    if (!line.starts_with("# TYPE")) continue;
    EXPECT_TRUE(described.insert(line).second) << line;
  }
  EXPECT_TRUE(has_line(text, R"(rediscovery_commands_total{pool="a"} 7)"));
  EXPECT_TRUE(has_line(text, R"(rediscovery_commands_total{pool="b"} 0)"));
}

TEST(Prometheus, ThereIsNoMasterBeforeTheFirst) {
  EXPECT_EQ(Stats::to_prometheus({{"a", Stats{}}}).find("rediscovery_master_info{"), std::string::npos);
}

TEST(Prometheus, EveryLineIsWellFormedWhateverTheNames) {
  const std::regex sample(R"re([a-z_]+\{pool="(\\.|[^"\\])*"(,[a-z]+="(\\.|[^"\\])*")?\} [0-9.e+-]+)re");
  for (const auto& line : lines_of(Stats::to_prometheus({{"a\"b\\c\nd", some()}}))) {
    EXPECT_TRUE(line.starts_with("# ") || std::regex_match(line, sample)) << line;
  }
}

TEST(Prometheus, TheApplicationsLocaleChangesNothing) {
  struct Grouped : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };
  Stats stats = some();
  stats.commands = 1'234'567;
  const std::string plain = Stats::to_prometheus({{"a", stats}});
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new Grouped));
  const std::string grouped = Stats::to_prometheus({{"a", stats}});
  std::locale::global(before);
  EXPECT_EQ(grouped, plain);
}

}  // namespace
}  // namespace rediscovery
