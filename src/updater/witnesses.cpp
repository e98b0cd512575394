#include "updater/witnesses.hpp"

#include <utility>

namespace rediscovery::updater {
namespace {

// Somebody undoes what is written as fast as it is.
constexpr std::size_t kMost = 16;
// wait_until_visible() has a bound of its own, which is shorter.
constexpr std::chrono::seconds kLongest{2};

}  // namespace

Witnesses::Witnesses(const Config& config, int stop_fd, std::uint64_t seed, Done done)
    : config_(config), stop_fd_(stop_fd), rng_(seed), done_(std::move(done)) {}

Witnesses::~Witnesses() {
  for (auto& watch : watches_) watch.thread.join();
}

void Witnesses::watch(Change change, std::string trigger) {
  for (auto it = watches_.begin(); it != watches_.end();) {
    if (!it->over && watches_.size() < kMost) {
      ++it;
      continue;
    }
    it->thread.join();
    it = watches_.erase(it);
  }
  auto& watch = watches_.emplace_back();
  watch.thread = std::thread(
      [this, &watch, change = std::move(change), trigger = std::move(trigger), seed = rng_.next()]() mutable {
        RealWorld world(config_, stop_fd_);
        core::Rng rng(seed);
        change.visibility = wait_until_visible(world, change.plan, world.now() + kLongest, rng);
        done_(change, trigger);
        watch.over = true;
      });
}

}  // namespace rediscovery::updater
