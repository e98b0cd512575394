#include "updater/agenda.hpp"

#include <algorithm>

namespace rediscovery::updater {

Agenda::Agenda(const std::vector<std::string>& masters) {
  for (const auto& master : masters) due_.emplace(master, Due{core::TimePoint::min(), "start"});
}

void Agenda::mark(std::string_view master, const std::string& reason) {
  schedule(master, core::TimePoint::min(), reason);
}

void Agenda::mark_all(const std::string& reason) {
  const std::lock_guard lock(mutex_);
  for (auto& [master, due] : due_) due = {core::TimePoint::min(), reason};
  changed_.notify_one();
}

void Agenda::schedule(std::string_view master, core::TimePoint when, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  const auto found = due_.find(master);
  if (found == due_.end()) return;
  if (found->second.when && *found->second.when < when) return;
  found->second = {when, reason};
  changed_.notify_one();
}

std::optional<Agenda::Item> Agenda::next(const std::function<void()>& beat, core::Duration rest) {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    auto first = due_.end();
    for (auto it = due_.begin(); it != due_.end(); ++it) {
      if (it->second.when && (first == due_.end() || *it->second.when < *first->second.when)) first = it;
    }
    beat();
    const auto now = std::chrono::steady_clock::now();
    if (first == due_.end()) {
      changed_.wait_until(lock, now + rest);
    } else if (const auto when = *first->second.when; when > now) {
      changed_.wait_until(lock, std::min(when, now + rest));
    } else {
      first->second.when.reset();
      return Item{first->first, first->second.reason};
    }
  }
  return std::nullopt;
}

void Agenda::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace rediscovery::updater
