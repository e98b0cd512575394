#include "chaos/schedule.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <stdexcept>

namespace rediscovery::chaos {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

struct Span {
  milliseconds least;
  milliseconds most;
};

struct KindRow {
  FaultKind kind;
  std::string_view name;
  Lane lane;
  bool in_namespace;
  Span lasts;
  Span then;  // until the lane's next one
};

// A Sentinel fails over again only twice failover-timeout (5 s) after the last time, so what follows sooner
// in Redis' lane is an outage that nobody could shorten.
constexpr Span kAfterRedis{8s, 16s};
// It was stopped, sees its clock leap when it goes on, and takes no part for 30 s (tilt mode).
constexpr Span kAfterTilt{36s, 50s};
constexpr Span kShort{1s, 5s};
constexpr Span kMedium{1s, 9s};
constexpr Span kBreath{2s, 12s};

constexpr std::array<KindRow, kFaultKinds> kRows{{
    {FaultKind::kill_master, "kill-master", Lane::redis, false, kMedium, kAfterRedis},
    {FaultKind::kill_replica, "kill-replica", Lane::redis, false, kMedium, kBreath},
    {FaultKind::hang_master, "hang-master", Lane::redis, false, kMedium, kAfterRedis},
    {FaultKind::hang_replica, "hang-replica", Lane::redis, false, kMedium, kBreath},
    {FaultKind::planned, "planned", Lane::redis, false, kShort, kAfterRedis},
    {FaultKind::isolate_master, "isolate-master", Lane::redis, true, {2s, 10s}, kAfterRedis},
    {FaultKind::cut_off_master, "cut-off-master", Lane::redis, true, kMedium, kAfterRedis},
    {FaultKind::hide_master, "hide-master", Lane::redis, true, kShort, kBreath},
    {FaultKind::kill_sentinel, "kill-sentinel", Lane::sentinel, false, kMedium, kBreath},
    {FaultKind::hang_sentinel, "hang-sentinel", Lane::sentinel, false, kMedium, kAfterTilt},
    {FaultKind::isolate_sentinel, "isolate-sentinel", Lane::sentinel, true, kMedium, kBreath},
    {FaultKind::kill_leader, "kill-leader", Lane::consul, false, kMedium, {5s, 15s}},
    {FaultKind::hang_leader, "hang-leader", Lane::consul, false, kMedium, {5s, 15s}},
    {FaultKind::isolate_leader, "isolate-leader", Lane::consul, true, kMedium, {5s, 15s}},
    {FaultKind::dns_garbage, "dns-garbage", Lane::dns, false, kMedium, kBreath},
    {FaultKind::dns_silence, "dns-silence", Lane::dns, false, kMedium, kBreath},
    {FaultKind::dns_servfail, "dns-servfail", Lane::dns, false, kMedium, kBreath},
    {FaultKind::dns_nxdomain, "dns-nxdomain", Lane::dns, false, kMedium, kBreath},
    {FaultKind::dns_empty, "dns-empty", Lane::dns, false, kMedium, kBreath},
    {FaultKind::dns_truncated, "dns-truncated", Lane::dns, false, kMedium, kBreath},
    {FaultKind::dns_half, "dns-half", Lane::dns, false, kMedium, kBreath},
    {FaultKind::dns_wrong_id, "dns-wrong-id", Lane::dns, false, kMedium, kBreath},
    {FaultKind::dns_slow, "dns-slow", Lane::dns, false, kMedium, kBreath},
    {FaultKind::dns_stale, "dns-stale", Lane::dns, false, kMedium, kBreath},
    {FaultKind::kill_updater, "kill-updater", Lane::updater, false, kMedium, kBreath},
    {FaultKind::hang_updater, "hang-updater", Lane::updater, false, kMedium, kBreath},
    {FaultKind::kill_updaters, "kill-updaters", Lane::updater, false, kMedium, kBreath},
}};

constexpr std::array<std::string_view, kLanes> kLaneNames{"redis", "sentinel", "consul", "dns", "updater"};

const KindRow& row_of(FaultKind kind) { return kRows.at(static_cast<std::size_t>(kind)); }

// The standard says what the engine yields, but not what its distributions do: the same seed is to be the
// same schedule everywhere.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  milliseconds in(Span span) {
    return span.least + milliseconds(below(static_cast<std::uint64_t>((span.most - span.least).count()) + 1));
  }

 private:
  std::mt19937_64 engine_;
};

void fill_lane(std::vector<Fault>& schedule, Dice dice, milliseconds length,
               const std::vector<FaultKind>& kinds) {
  if (kinds.empty()) return;
  milliseconds at = dice.in(kShort);
  while (true) {
    const KindRow& row = row_of(kinds[dice.below(kinds.size())]);
    const Fault fault{row.kind, at, dice.in(row.lasts), static_cast<std::uint32_t>(dice.below(1U << 30U))};
    if (fault.at + fault.lasts >= length) return;
    schedule.push_back(fault);
    at += fault.lasts + dice.in(row.then);
  }
}

}  // namespace

std::string_view to_string(FaultKind kind) noexcept { return kRows[static_cast<std::size_t>(kind)].name; }
std::string_view to_string(Lane lane) noexcept { return kLaneNames[static_cast<std::size_t>(lane)]; }
Lane lane_of(FaultKind kind) noexcept { return kRows[static_cast<std::size_t>(kind)].lane; }
bool needs_namespace(FaultKind kind) noexcept { return kRows[static_cast<std::size_t>(kind)].in_namespace; }

std::set<FaultKind> parse_kinds(const std::string& text) {
  std::set<FaultKind> kinds;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view word = std::string_view(text).substr(begin, end - begin);
    begin = end + 1;
    bool known = word == "none";
    for (const auto& row : kRows) {
      if (word != "all" && word != row.name && word != to_string(row.lane) &&
          !(word == "partitions" && row.in_namespace))
        continue;
      kinds.insert(row.kind);
      known = true;
    }
    if (known) continue;
    std::string names = "all, none, partitions";
    for (const auto name : kLaneNames) names.append(", ").append(name);
    for (const auto& row : kRows) names.append(", ").append(row.name);
    throw std::invalid_argument("--faults: '" + std::string(word) + "' is none of " + names);
  }
  return kinds;
}

std::vector<Fault> make_schedule(std::uint64_t seed, std::chrono::seconds length,
                                 const std::set<FaultKind>& kinds) {
  std::vector<Fault> schedule;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    std::vector<FaultKind> of_lane;
    for (const auto kind : kinds) {
      if (lane_of(kind) == static_cast<Lane>(lane)) of_lane.push_back(kind);
    }
    fill_lane(schedule, Dice(seed * kLanes + lane), length, of_lane);
  }
  std::ranges::stable_sort(schedule, {}, &Fault::at);
  return schedule;
}

}  // namespace rediscovery::chaos
