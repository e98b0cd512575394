#include "run.hpp"

#include <algorithm>
#include <set>
#include <thread>

#include "stage.hpp"
#include "switch_watch.hpp"

namespace rediscovery::bench {
namespace {

using namespace std::chrono_literals;

// A Sentinel connects to the others within its first second, and needs that for a fast agreement.
constexpr auto kSteady = 2500ms;
// Enough for whoever hears the announcement and acts.
constexpr auto kAfterAnnouncement = 2s;
constexpr auto kLongest = 30s;
constexpr std::size_t kEnough = 20;

double ms(Clock::time_point from, Clock::time_point until) {
  return std::chrono::duration<double, std::milli>(until - from).count();
}

std::vector<std::unique_ptr<Client>> start_clients(testing::Cluster& cluster,
                                                   const ClientSettings& settings) {
  std::vector<std::unique_ptr<Client>> clients;
  clients.push_back(make_pool_client(cluster, settings));
  clients.push_back(make_async_client(cluster, settings));
  clients.push_back(make_plain_client(cluster, settings));
  if (redis_py_missing().empty()) clients.push_back(make_redis_py_client(cluster, settings));
  if (ioredis_missing(settings.peers).empty()) clients.push_back(make_ioredis_client(cluster, settings));
  return clients;
}

bool writes_since(Client& client, Clock::time_point since) {
  const auto writes = client.writes();
  const auto count = std::ranges::count_if(writes, [&](const Write& write) {
    return write.sent > since && write.outcome == Outcome::acknowledged;
  });
  return static_cast<std::size_t>(count) >= kEnough;
}

bool all_write_since(const std::vector<std::unique_ptr<Client>>& clients, Clock::time_point since) {
  return std::ranges::all_of(clients, [&](const auto& client) { return writes_since(*client, since); });
}

void let_happen(Fault fault, testing::Cluster& cluster, std::size_t master) {
  switch (fault) {
    case Fault::kill:
      return cluster.redis(master).kill();
    case Fault::hang:
      return cluster.redis(master).stop();
    case Fault::planned:
      return cluster.start_failover();
  }
}

// Those of the acknowledged writes that this node does not have.
std::set<std::uint64_t> find_lost(const testing::Node& node, const std::string& client,
                                  const std::vector<Write>& writes) {
  constexpr std::size_t kAtOnce = 500;
  std::vector<std::uint64_t> numbers;
  for (const auto& write : writes) {
    if (write.outcome == Outcome::acknowledged) numbers.push_back(write.number);
  }
  auto redis = node.connect();
  std::set<std::uint64_t> lost;
  for (std::size_t begin = 0; begin < numbers.size(); begin += kAtOnce) {
    const std::size_t end = std::min(begin + kAtOnce, numbers.size());
    std::vector<std::string> command{"MGET"};
    for (std::size_t i = begin; i < end; ++i) command.push_back(key_of(client, numbers[i]));
    const auto found = redis.command(command);
    if (found.elements.size() != end - begin) throw std::runtime_error("MGET: " + found.to_string());
    for (std::size_t i = begin; i < end; ++i) {
      if (found.elements[i - begin].is_nil()) lost.insert(numbers[i]);
    }
  }
  return lost;
}

void note_step(std::vector<int>& steps, Clock::time_point fault, Clock::time_point at) {
  const auto since = at - fault + ClientRun::kBefore;
  if (since < 0ms) return;
  const int step = static_cast<int>(since / ClientRun::kStep);
  if (steps.empty() || steps.back() != step) steps.push_back(step);
}

ClientRun judge(const std::string& client, const std::vector<Write>& writes,
                const std::set<std::uint64_t>& lost, Clock::time_point fault, Clock::time_point promoted,
                Clock::time_point ended) {
  ClientRun run;
  run.client = client;
  run.lost = lost.size();
  // Kept are those that are not lost: who writes to a master that is none any more is served by nobody.
  std::optional<Clock::time_point> last;
  std::optional<Clock::time_point> last_kept;
  const auto note_gap = [&](double& longest, std::optional<Clock::time_point>& since, Clock::time_point at) {
    if (since && at > fault) longest = std::max(longest, ms(*since, at));
    since = at;
  };
  for (const auto& write : writes) {
    if (write.outcome != Outcome::acknowledged) {
      ++(write.outcome == Outcome::failed ? run.failed : run.in_doubt);
      note_step(run.failed_steps, fault, write.ended);
      continue;
    }
    ++run.acknowledged;
    const bool is_lost = lost.contains(write.number);
    note_step(is_lost ? run.lost_steps : run.kept_steps, fault, write.ended);
    note_gap(run.unanswered, last, write.ended);
    if (!is_lost) note_gap(run.outage, last_kept, write.ended);
    if (!is_lost && write.ended > promoted && !run.after_promotion)
      run.after_promotion = ms(promoted, write.ended);
  }
  note_gap(run.unanswered, last, std::max(ended, last.value_or(ended)));
  note_gap(run.outage, last_kept, std::max(ended, last_kept.value_or(ended)));
  return run;
}

}  // namespace

std::string to_string(Fault fault) {
  switch (fault) {
    case Fault::kill:
      return "kill";
    case Fault::hang:
      return "hang";
    case Fault::planned:
      break;
  }
  return "planned";
}

Run run_failover(Fault fault, const ClientSettings& settings) {
  testing::Stage stage({}, true);
  auto& cluster = stage.cluster();
  if (const auto registered = stage.run({"apply"}); registered.code != 0)
    throw std::runtime_error("the names cannot be registered: " + registered.output);
  const auto old_master = cluster.master_index();
  cluster.wait_master_name(old_master);
  const auto clients = start_clients(cluster, settings);
  testing::wait_until([&] { return all_write_since(clients, {}); }, 20s, "all clients to write", 50ms);
  std::this_thread::sleep_for(kSteady);

  const testing::SwitchWatch watch(cluster, old_master);
  const auto began = Clock::now();
  let_happen(fault, cluster, old_master);
  testing::wait_until(
      [&] { return watch.promoted() && watch.named() && watch.announcements() == cluster.sentinel_count(); },
      kLongest, "a new master that all Sentinels have announced", 20ms);
  // Whoever still writes to an old master that lives, does so until it is made a replica.
  if (fault == Fault::planned) cluster.redis(old_master).wait_role("slave", kLongest);
  std::this_thread::sleep_until(*watch.announced_last() + kAfterAnnouncement);
  const auto settled = Clock::now();
  const auto deadline = settled + kLongest;
  while (Clock::now() < deadline && !all_write_since(clients, settled)) std::this_thread::sleep_for(100ms);
  const auto ended = Clock::now();
  for (const auto& client : clients) client->stop();

  auto& master = cluster.redis(cluster.wait_new_master(old_master));
  const auto promoted = *watch.promoted();
  Run run{ms(began, promoted),
          ms(began, *watch.named()),
          ms(began, *watch.announced()),
          ms(began, *watch.announced_last()),
          {}};
  for (const auto& client : clients) {
    const auto writes = client->writes();
    run.clients.push_back(
        judge(client->name(), writes, find_lost(master, client->name(), writes), began, promoted, ended));
  }
  return run;
}

}  // namespace rediscovery::bench
