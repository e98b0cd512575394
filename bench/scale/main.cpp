// Many pools in one process through a switch of the master: README.md says how to read the table.
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iomanip>
#include <iostream>
#include <memory>
#include <thread>
#include <vector>

#include <rediscovery/pool.hpp>

#include "command_line.hpp"
#include "figures.hpp"
#include "scale_usage.hpp"
#include "support/cluster.hpp"

namespace rediscovery::bench {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

struct Settings {
  int pools = 1000;
  int seconds = 5;
  Output output;
};

double ms(Clock::time_point from, Clock::time_point until) {
  return std::chrono::duration<double, std::milli>(until - from).count();
}

// A pool, and when it adopted its latest master.
struct Member {
  std::atomic<std::uint64_t> generation{0};
  std::atomic<Clock::time_point> adopted{Clock::time_point{}};
  std::unique_ptr<Pool> pool;
};

struct Counts {
  std::uint64_t lookups = 0;
  std::uint64_t connects = 0;
  std::uint64_t connects_failed = 0;
  friend Counts operator-(Counts a, const Counts& b) {
    return {a.lookups - b.lookups, a.connects - b.connects, a.connects_failed - b.connects_failed};
  }
};

class Crowd {
 public:
  Crowd(testing::Cluster& cluster, int size, bool standbys) {
    options_.master = cluster.master_service_name();
    if (!standbys) options_.promotion = Promotion::announced;
    options_.dns_servers = {cluster.consul().dns_address()};
    for (int i = 0; i < size; ++i) {
      members_.push_back(std::make_unique<Member>());
      Member& member = *members_.back();
      Options options = options_;
      options.on_event = [&member](const Event& event) {
        if (event.kind != EventKind::adopted) return;
        member.adopted = Clock::now();
        member.generation = event.generation;
      };
      member.pool = std::make_unique<Pool>(options);
    }
  }

  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] std::size_t size() const { return members_.size(); }
  [[nodiscard]] bool all_beyond(std::uint64_t generation) const {
    return std::ranges::all_of(members_, [&](const auto& member) { return member->generation > generation; });
  }
  [[nodiscard]] Counts counts() const {
    Counts sum;
    for (const auto& member : members_) {
      const auto stats = member->pool->stats();
      sum.lookups += stats.lookups;
      sum.connects += stats.connects;
      sum.connects_failed += stats.connects_failed;
    }
    return sum;
  }
  [[nodiscard]] std::vector<double> adopted_after(Clock::time_point begin) const {
    std::vector<double> times;
    for (const auto& member : members_) times.push_back(ms(begin, member->adopted));
    return times;
  }
  // How many of them cannot write.
  [[nodiscard]] std::size_t broken() const {
    return static_cast<std::size_t>(std::ranges::count_if(members_, [](const auto& member) {
      return !member->pool->execute({"SET", "bench:scale", "1"}, 10s).has_value();
    }));
  }

 private:
  Options options_;
  std::vector<std::unique_ptr<Member>> members_;
};

std::uint64_t received(const testing::Node& node) {
  return std::stoull(node.info("stats").at("total_connections_received"));
}

std::size_t clients(const testing::Node& node) {
  return std::stoul(node.info("clients").at("connected_clients"));
}

// As Sentinel promotes, and as it makes the old one a replica.
void change_role(const testing::Node& node, const std::string& host, const std::string& port) {
  auto connection = node.connect(10s);
  for (const auto& command : std::vector<std::vector<std::string>>{
           {"MULTI"}, {"SLAVEOF", host, port}, {"CLIENT", "KILL", "TYPE", "normal"}, {"EXEC"}}) {
    if (const auto reply = connection.command(command); reply.is_error())
      throw std::runtime_error(command.front() + ": " + reply.text);
  }
}

json measure(const Settings& settings, bool standbys) {
  testing::ClusterOptions cluster_options;
  cluster_options.redis_nodes = 2;
  cluster_options.sentinels = 0;
  testing::Cluster cluster(cluster_options);
  const auto started = Clock::now();
  const Crowd crowd(cluster, settings.pools, standbys);
  testing::wait_until([&] { return crowd.all_beyond(0); }, 60s, "all pools to have a master", 10ms);
  const auto start_times = distribution_of(crowd.adopted_after(started));
  std::this_thread::sleep_for(3s);  // what a start leaves to do is done

  const auto before_rest = crowd.counts();
  std::this_thread::sleep_for(std::chrono::seconds(settings.seconds));
  const auto rest = crowd.counts() - before_rest;
  const auto connections = clients(cluster.redis(0)) + clients(cluster.redis(1));

  const auto old_received = received(cluster.redis(0));
  const auto new_received = received(cluster.redis(1));
  const auto before = crowd.counts();
  const auto promoted = Clock::now();
  change_role(cluster.redis(1), "NO", "ONE");
  cluster.register_roles(1);
  const auto named = Clock::now();
  change_role(cluster.redis(0), cluster.redis(1).ip(), "6379");
  testing::wait_until([&] { return crowd.all_beyond(1); }, 60s, "all pools to have the new master", 2ms);
  const auto spent = crowd.counts() - before;
  const auto times = distribution_of(crowd.adopted_after(promoted));
  // Whoever needs more than the second of which a storm is counted goes on beyond it.
  std::this_thread::sleep_for(1s);
  const auto storm = crowd.counts() - before;
  const auto pools = static_cast<double>(crowd.size());
  const double floor_s = std::chrono::duration<double>(crowd.options().refresh_floor).count();
  const double switch_s = times.max / 1000;
  // One at a time for the name, and for each of the two nodes, with pauses of at least 2 ms between them.
  constexpr double kMostPerSecond = 500;
  return {{"standbys", standbys},
          {"pools", crowd.size()},
          {"connections", connections},
          {"start_ms", to_json(start_times)},
          {"rest",
           {{"lookups_per_second", static_cast<double>(rest.lookups) / settings.seconds},
            {"lookups_bound", pools / (0.9 * floor_s)},
            {"connects_per_second", static_cast<double>(rest.connects) / settings.seconds}}},
          {"switch",
           {{"named_after_ms", ms(promoted, named)},
            {"serving_ms", to_json(times)},
            {"lookups", spent.lookups},
            {"lookups_per_pool", static_cast<double>(spent.lookups) / pools},
            {"lookups_bound_per_pool", switch_s * kMostPerSecond + 1},
            {"lookups_per_second", static_cast<double>(spent.lookups) / switch_s},
            {"lookups_bound_per_second", pools * kMostPerSecond},
            {"connects", spent.connects},
            {"connects_per_pool", static_cast<double>(spent.connects) / pools},
            {"connects_per_second", static_cast<double>(spent.connects) / switch_s},
            {"connects_bound_per_second", 2 * pools * kMostPerSecond},
            {"connects_failed", spent.connects_failed},
            {"lookups_in_the_second_after", storm.lookups},
            {"connects_in_the_second_after", storm.connects},
            {"accepted_by_old", received(cluster.redis(0)) - old_received},
            {"accepted_by_new", received(cluster.redis(1)) - new_received}}},
          {"broken", crowd.broken()}};
}

void print(std::ostream& out, const json& row) {
  const auto& times = row["switch"]["serving_ms"];
  const auto& start = row["start_ms"];
  const auto line = [&out](const char* what) -> std::ostream& {
    return out << "  " << std::left << std::setw(46) << what << std::right << std::setw(10);
  };
  out << std::fixed << std::setprecision(1) << "\n"
      << row["pools"].get<std::size_t>() << " pools, "
      << (row["standbys"].get<bool>() ? "with a standby each" : "without (`announced`)") << "\n";
  line("connections at rest") << row["connections"].get<std::size_t>() << "\n";
  line("from the first constructor to a master, ms")
      << start["p50"].get<double>() << " p50, " << start["max"].get<double>() << " max\n";
  line("at rest: look-ups per second") << row["rest"]["lookups_per_second"].get<double>() << ", bound "
                                       << row["rest"]["lookups_bound"].get<double>() << "\n";
  line("at rest: connects per second") << row["rest"]["connects_per_second"].get<double>() << "\n";
  line("from the promotion to serving again, ms")
      << times["p50"].get<double>() << " p50, " << times["p99"].get<double>() << " p99, "
      << times["max"].get<double>() << " max\n";
  line("until then: look-ups per pool") << row["switch"]["lookups_per_pool"].get<double>() << ", bound "
                                        << row["switch"]["lookups_bound_per_pool"].get<double>() << "\n";
  line("until then: look-ups per second of all")
      << row["switch"]["lookups_per_second"].get<double>() << ", bound "
      << row["switch"]["lookups_bound_per_second"].get<double>() << "\n";
  line("until then: connects per second of all")
      << row["switch"]["connects_per_second"].get<double>() << ", bound "
      << row["switch"]["connects_bound_per_second"].get<double>() << "\n";
  line("until then: connects per pool") << row["switch"]["connects_per_pool"].get<double>() << ", of all "
                                        << row["switch"]["connects_failed"].get<std::size_t>() << " failed\n";
  line("and a second later: look-ups, connects, of all")
      << row["switch"]["lookups_in_the_second_after"].get<std::size_t>() << ", "
      << row["switch"]["connects_in_the_second_after"].get<std::size_t>() << "\n";
  line("accepted by the old and by the new master")
      << row["switch"]["accepted_by_old"].get<std::size_t>() << ", "
      << row["switch"]["accepted_by_new"].get<std::size_t>() << "\n";
  line("pools that cannot write in the end") << row["broken"].get<std::size_t>() << "\n";
}

// A pool has about ten descriptors: its loop's, its sockets.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void run(char** arguments) {
  Settings settings;
  CommandLine line;
  line.number("--pools", settings.pools, 1, 2000);
  line.number("--seconds", settings.seconds, 1, 600);
  line.text("--save", settings.output.save);
  line.flag("--json", settings.output.as_json);
  line.parse(arguments, kUsage);

  warn_of_debug_build();
  raise_descriptor_limit();
  json result = {{"benchmark", "scale"}, {"machine", machine()}, {"rows", json::array()}};
  for (const bool standbys : {false, true}) {
    std::cerr << settings.pools << " pools, " << (standbys ? "with standbys" : "without") << "\n";
    result["rows"].push_back(measure(settings, standbys));
  }
  if (publish(result, settings.output)) return;
  std::cout << "Load " << result["machine"]["load"].get<double>() << " before, "
            << result["load_after"].get<double>() << " after\n";
  for (const auto& row : result["rows"]) print(std::cout, row);
}

}  // namespace
}  // namespace rediscovery::bench

int main(int /*count*/, char** arguments) {
  return rediscovery::bench::run_program("bench_scale", [&] { rediscovery::bench::run(arguments); });
}
