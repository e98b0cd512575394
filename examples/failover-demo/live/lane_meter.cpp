#include "live/lane_meter.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace rediscovery::demo::live {
namespace {

constexpr std::size_t kRemembered = 8192;
constexpr std::size_t kLast = 100'000;

void add_end(LaneMeter::Count& count, const Ended& request) {
  ++(request.ok ? count.answered : count.failed);
  if (!request.ok && request.in_doubt) ++count.in_doubt;
}

Milliseconds quantile(const std::vector<Milliseconds>& sorted, double share) {
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

void LaneMeter::sent(Clock::time_point at) {
  const std::lock_guard lock(mutex_);
  ++totals_.sent;
  ++in_tick_.sent;
  for (auto& running : courses_) ++running.course.count.sent;
  waiting_.insert(at);
}

void LaneMeter::ended(const Ended& request) {
  const std::lock_guard lock(mutex_);
  if (const auto found = waiting_.find(request.sent); found != waiting_.end()) waiting_.erase(found);
  add_end(totals_, request);
  add_end(in_tick_, request);
  const Milliseconds took = request.received - request.sent;
  took_in_tick_.push_back(took);
  last_.push_back(request);
  if (last_.size() > kLast) last_.pop_front();
  for (auto& [id, began, course] : courses_) {
    add_end(course.count, request);
    course.longest = std::max(course.longest, took);
    if (request.ok && request.received > began && !acknowledged_.empty()) {
      course.outage = std::max<Milliseconds>(course.outage, request.received - acknowledged_.back());
    }
  }
  if (!request.ok) return;
  acknowledged_.push_back(request.received);
  if (acknowledged_.size() > kRemembered) acknowledged_.pop_front();
}

LaneMeter::Tick LaneMeter::take_tick() {
  std::vector<Milliseconds> took;
  Tick tick;
  {
    const std::lock_guard lock(mutex_);
    tick.count = std::exchange(in_tick_, {});
    tick.waiting = waiting_.size();
    took.swap(took_in_tick_);
  }
  if (took.empty()) return tick;
  std::sort(took.begin(), took.end());
  tick.median = quantile(took, 0.5);
  tick.p99 = quantile(took, 0.99);
  tick.longest = took.back();
  return tick;
}

LaneMeter::Count LaneMeter::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

std::vector<Ended> LaneMeter::last_requests() const {
  const std::lock_guard lock(mutex_);
  return {last_.begin(), last_.end()};
}

std::optional<Clock::time_point> LaneMeter::oldest_waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.empty() ? std::nullopt : std::optional(*waiting_.begin());
}

std::optional<Clock::time_point> LaneMeter::first_ok_after(Clock::time_point since) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(acknowledged_.begin(), acknowledged_.end(),
                                  [since](Clock::time_point at) { return at > since; });
  return found == acknowledged_.end() ? std::nullopt : std::optional(*found);
}

LaneMeter::CourseId LaneMeter::begin_course(Clock::time_point at) {
  const std::lock_guard lock(mutex_);
  courses_.push_back({next_course_, at, {}});
  return next_course_++;
}

const LaneMeter::Running& LaneMeter::find(CourseId id) const {
  const auto found = std::find_if(courses_.begin(), courses_.end(),
                                  [id](const Running& running) { return running.id == id; });
  if (found == courses_.end()) throw std::logic_error("no such course");
  return *found;
}

// An outage that has not ended lasts until now.
LaneMeter::Course LaneMeter::complete(const Running& running, Clock::time_point now) const {
  Course course = running.course;
  const auto since = acknowledged_.empty() ? running.began : acknowledged_.back();
  course.outage = std::max<Milliseconds>(course.outage, now - since);
  return course;
}

LaneMeter::Course LaneMeter::look_at(CourseId id, Clock::time_point now) const {
  const std::lock_guard lock(mutex_);
  return complete(find(id), now);
}

LaneMeter::Course LaneMeter::end_course(CourseId id, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const Course course = complete(find(id), now);
  courses_.remove_if([id](const Running& running) { return running.id == id; });
  return course;
}

}  // namespace rediscovery::demo::live
