#include "core/deadline_wheel.hpp"

#include <algorithm>
#include <bit>

namespace rediscovery::core {

using std::chrono::milliseconds;

DeadlineWheel::~DeadlineWheel() {
  for (Timer& head : slots_) {
    while (head.is_set()) head.next_->clear();
  }
}

DeadlineWheel::Tick DeadlineWheel::tick_of(TimePoint at) {
  return std::chrono::ceil<milliseconds>(at.time_since_epoch()).count();
}

void DeadlineWheel::set(Timer& timer, TimePoint at) {
  timer.clear();
  timer.at_ = at;
  // What is due already waits for the tick that is looked at next.
  const std::size_t slot = slot_of(std::max(tick_of(at), ticked_));
  used_[slot / kBits] |= std::uint64_t{1} << (slot % kBits);
  Timer& head = slots_[slot];
  timer.previous_ = head.previous_;
  timer.next_ = &head;
  head.previous_->next_ = &timer;
  head.previous_ = &timer;
}

DeadlineWheel::Timer* DeadlineWheel::next_due(TimePoint now) {
  const Tick passed = std::chrono::floor<milliseconds>(now.time_since_epoch()).count();
  // After a long sleep one turn of the wheel is enough: it holds every timer.
  ticked_ = std::max(ticked_, passed - static_cast<Tick>(kSlots) + 1);
  for (; ticked_ <= passed; ++ticked_) {
    Timer& head = slots_[slot_of(ticked_)];
    for (Timer* timer = head.next_; timer != &head; timer = timer->next_) {
      if (timer->at_ > now) continue;  // in a later turn
      timer->clear();
      return timer;
    }
  }
  return nullptr;
}

std::optional<TimePoint> DeadlineWheel::next_deadline() {
  const Tick end = ticked_ + static_cast<Tick>(kSlots);
  for (Tick tick = ticked_; tick < end;) {
    const std::size_t slot = slot_of(tick);
    std::uint64_t& word = used_[slot / kBits];
    const std::uint64_t ahead = word >> (slot % kBits);
    if (ahead == 0) {
      tick += static_cast<Tick>(kBits - slot % kBits);
      continue;
    }
    tick += std::countr_zero(ahead);
    if (tick >= end) break;
    if (slots_[slot_of(tick)].is_set()) return TimePoint(milliseconds(tick));
    word &= ~(std::uint64_t{1} << (slot_of(tick) % kBits));
  }
  return std::nullopt;
}

}  // namespace rediscovery::core
