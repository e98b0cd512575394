#include "name_watch.hpp"

#include <algorithm>
#include <utility>

#include "support/wait.hpp"

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostProblems = 20;  // more of them say no more

std::string joined(const std::vector<std::string>& addresses) {
  std::string text;
  for (const auto& address : addresses) text += (text.empty() ? "" : " ") + address;
  return "[" + text + "]";
}

}  // namespace

NameWatch::NameWatch(Resolve resolve, std::size_t replicas, std::uint64_t first, Address address,
                     std::size_t threads)
    : resolve_(std::move(resolve)),
      replicas_(replicas),
      address_(std::move(address)),
      allowed_(first),
      seen_(threads) {
  for (auto& seen : seen_) seen = first;
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this, i] { watch(i); });
  wait_until([this, threads] { return polls_ > threads; }, 20s, "DNS to be watched");
}

NameWatch::~NameWatch() {
  stop_ = true;
  for (auto& thread : threads_) thread.join();
}

bool NameWatch::seen(std::uint64_t number) const {
  return std::all_of(seen_.begin(), seen_.end(), [number](const auto& seen) { return seen >= number; });
}

std::vector<std::string> NameWatch::problems() const {
  const std::lock_guard lock(mutex_);
  return problems_;
}

void NameWatch::watch(std::size_t thread) {
  while (!stop_) {
    try {
      judge_master(thread, resolve_("master.service.consul"));
      const auto slaves = resolve_("slave.service.consul");
      if (slaves.size() != replicas_) problem("replicas: " + joined(slaves));
    } catch (const TimeoutError&) {
      continue;  // no answer is no wrong answer: a busy machine may drop a datagram
    }
    ++polls_;
  }
}

void NameWatch::judge_master(std::size_t thread, const std::vector<std::string>& answer) {
  const std::uint64_t before = seen_[thread];
  if (answer.size() != 1) return problem("masters: " + joined(answer));
  for (std::uint64_t number = before; number <= allowed_; ++number) {
    if (answer[0] != address_(number)) continue;
    seen_[thread] = number;
    return;
  }
  problem("after switch " + std::to_string(before) + " to " + address_(before) + ": " + answer[0]);
}

void NameWatch::problem(const std::string& what) {
  const std::lock_guard lock(mutex_);
  if (problems_.size() < kMostProblems) problems_.push_back(what);
}

}  // namespace rediscovery::testing
