#include "updater/listeners.hpp"

#include <algorithm>

namespace rediscovery::updater {

Listeners::~Listeners() { follow({}); }

std::vector<core::Endpoint> Listeners::follow(const std::vector<core::Endpoint>& sentinels) {
  std::vector<core::Endpoint> left;
  std::vector<std::unique_ptr<Listener>> ending;
  for (auto& [sentinel, listener] : listeners_) {
    if (std::find(sentinels.begin(), sentinels.end(), sentinel) != sentinels.end()) continue;
    left.push_back(sentinel);
    ending.push_back(std::move(listener));
  }
  end(std::move(ending));
  for (const auto& sentinel : left) listeners_.erase(sentinel);
  for (const auto& sentinel : sentinels) {
    auto& listener = listeners_[sentinel];
    if (listener) continue;
    listener = std::make_unique<Listener>();
    listener->thread = std::thread([this, sentinel, seed = rng_.next(), stop_fd = listener->stop.fd()] {
      listen_(sentinel, seed, stop_fd);
    });
  }
  return left;
}

void Listeners::end(std::vector<std::unique_ptr<Listener>> listeners) {
  for (const auto& listener : listeners) listener->stop.request();
  for (const auto& listener : listeners) listener->thread.join();
}

}  // namespace rediscovery::updater
