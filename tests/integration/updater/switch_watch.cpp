#include "switch_watch.hpp"

#include <poll.h>

#include <iomanip>
#include <sstream>
#include <utility>

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Well below what is measured, and little enough for a machine with few cores.
constexpr auto kPoll = 200us;

constexpr const char* kPromoted = "+promoted-slave";
constexpr const char* kSwitch = "+switch-master";

double ms(Clock::duration span) { return std::chrono::duration<double, std::milli>(span).count(); }

}  // namespace

SwitchWatch::SwitchWatch(Cluster& cluster, std::size_t old_master) : cluster_(cluster) {
  for (std::size_t i = 0; i < cluster.redis_count(); ++i) {
    if (i == old_master) continue;
    threads_.emplace_back([this, i] { watch_role(cluster_.redis(i)); });
  }
  for (std::size_t i = 0; i < cluster.sentinel_count(); ++i) {
    for (const auto* event : {kPromoted, kSwitch})
      threads_.emplace_back([this, i, event] { watch_sentinel(cluster_.sentinel(i), event); });
  }
  threads_.emplace_back([this] { watch_name(); });
  wait_until([this] { return ready_ == threads_.size(); }, 10s, "everything to be watched");
}

SwitchWatch::~SwitchWatch() {
  stop_ = true;
  for (auto& thread : threads_) thread.join();
}

void SwitchWatch::watch_role(const Node& node) {
  bool counted = false;
  while (!stop_) {
    try {
      auto connection = node.connect(200ms);
      while (!stop_) {
        const auto role = connection.command({"ROLE"});
        if (!std::exchange(counted, true)) ++ready_;
        if (!role.elements.empty() && role.elements[0].text == "master") {
          const std::lock_guard lock(mutex_);
          if (!promoted_) promoted_ = Clock::now();
          return;
        }
        std::this_thread::sleep_for(kPoll);
      }
    } catch (const RedisError&) {  // the cut at the promotion
    }
  }
}

void SwitchWatch::watch_sentinel(const Sentinel& sentinel, const std::string& event) {
  auto connection = sentinel.connect();
  (void)connection.command({"SUBSCRIBE", event});
  ++ready_;
  pollfd message{connection.fd(), POLLIN, 0};
  while (!stop_ && poll(&message, 1, 50) <= 0) {
  }
  if (stop_) return;
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  if (!known_) known_ = now;
  if (event == kSwitch) announced_.push_back(now);
}

void SwitchWatch::watch_name() {
  bool counted = false;
  while (!stop_) {
    auto addresses = cluster_.resolve(cluster_.master_service_name()).addresses();
    {
      const std::lock_guard lock(mutex_);
      if (answers_.empty() || answers_.back().addresses != addresses)
        answers_.push_back({std::move(addresses), Clock::now()});
    }
    if (!std::exchange(counted, true)) ++ready_;
    std::this_thread::sleep_for(kPoll);
  }
}

std::optional<SwitchWatch::TimePoint> SwitchWatch::promoted() const {
  const std::lock_guard lock(mutex_);
  return promoted_;
}

std::optional<SwitchWatch::TimePoint> SwitchWatch::known() const {
  const std::lock_guard lock(mutex_);
  return known_;
}

std::optional<SwitchWatch::TimePoint> SwitchWatch::announced_last() const {
  const std::lock_guard lock(mutex_);
  return announced_.empty() ? std::nullopt : std::optional(announced_.back());
}

std::optional<SwitchWatch::TimePoint> SwitchWatch::announced() const {
  const std::lock_guard lock(mutex_);
  return announced_.empty() ? std::nullopt : std::optional(announced_.front());
}

std::size_t SwitchWatch::announcements() const {
  const std::lock_guard lock(mutex_);
  return announced_.size();
}

std::vector<SwitchWatch::Answer> SwitchWatch::answers() const {
  const std::lock_guard lock(mutex_);
  return answers_;
}

std::vector<std::string> SwitchWatch::names() const {
  std::vector<std::string> names;
  for (const auto& answer : answers()) {
    std::string text;
    for (const auto& address : answer.addresses) text += (text.empty() ? "" : " ") + address;
    names.push_back(text);
  }
  return names;
}

std::optional<SwitchWatch::TimePoint> SwitchWatch::named() const {
  const std::lock_guard lock(mutex_);
  return answers_.size() < 2 ? std::nullopt : std::optional(answers_[1].seen);
}

std::string SwitchWatch::figures() const {
  const auto promotion = promoted();
  const auto name = named();
  const auto announcement = announced();
  std::ostringstream text;
  text << std::fixed << std::setprecision(1);
  if (promotion && name) text << "promoted to named: " << ms(*name - *promotion) << " ms";
  if (promotion && announcement)
    text << ", to the first +switch-master: " << ms(*announcement - *promotion) << " ms";
  return text.str();
}

}  // namespace rediscovery::testing
