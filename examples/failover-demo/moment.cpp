#include "moment.hpp"

#include <algorithm>
#include <utility>

namespace rediscovery::demo {
namespace {

bool earlier(const Moment& one, const Moment& other) { return one.at < other.at; }

}  // namespace

void Moments::add(Moment moment) {
  const std::lock_guard lock(mutex_);
  moments_.push_back(std::move(moment));
}

void Moments::add_once(Moment moment) {
  const std::lock_guard lock(mutex_);
  const auto last_fault = std::find_if(moments_.rbegin(), moments_.rend(),
                                       [](const Moment& other) { return other.what == What::fault; });
  const bool known = std::any_of(moments_.rbegin(), last_fault, [&moment](const Moment& other) {
    return other.what == moment.what && other.text == moment.text;
  });
  if (!known) moments_.push_back(std::move(moment));
}

std::vector<Moment> Moments::take_new() {
  const std::lock_guard lock(mutex_);
  std::vector<Moment> fresh(moments_.begin() + static_cast<std::ptrdiff_t>(taken_), moments_.end());
  taken_ = moments_.size();
  std::stable_sort(fresh.begin(), fresh.end(), earlier);
  return fresh;
}

std::vector<Moment> Moments::all() const {
  const std::lock_guard lock(mutex_);
  auto sorted = moments_;
  std::stable_sort(sorted.begin(), sorted.end(), earlier);
  return sorted;
}

std::optional<Moment> find(const std::vector<Moment>& moments, What what) {
  const auto found =
      std::find_if(moments.begin(), moments.end(), [what](const Moment& m) { return m.what == what; });
  return found == moments.end() ? std::nullopt : std::optional(*found);
}

}  // namespace rediscovery::demo
