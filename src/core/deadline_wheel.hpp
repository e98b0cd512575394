// Many deadlines, most of which never come.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/time.hpp"

namespace rediscovery::core {

// A wheel of 1024 slots of a millisecond: setting and clearing a deadline costs the same with one and with a
// hundred thousand of them, because nearly all are cleared long before they are due. One that is further away
// than a turn of the wheel is looked at once in each turn. No clock: time is an argument, and only moves on.
//
// Intrusive: whoever waits has a Timer as a member, which must not move while it is set.
class DeadlineWheel {
 public:
  class Timer {
   public:
    Timer() = default;
    ~Timer() { clear(); }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    [[nodiscard]] bool is_set() const { return next_ != this; }
    void clear() {
      previous_->next_ = next_;
      next_->previous_ = previous_;
      previous_ = next_ = this;
    }

   private:
    friend class DeadlineWheel;
    Timer* previous_ = this;  // a ring of all timers in a slot
    Timer* next_ = this;
    TimePoint at_{};
  };

  explicit DeadlineWheel(TimePoint now) : ticked_(tick_of(now)) {}
  // Timers that are still set then are cleared.
  ~DeadlineWheel();
  DeadlineWheel(const DeadlineWheel&) = delete;
  DeadlineWheel& operator=(const DeadlineWheel&) = delete;

  // Replaces an earlier setting. Due at `at`, or up to a millisecond later.
  void set(Timer& timer, TimePoint at);

  // The next timer that is due, cleared; null: none is any more. In no particular order.
  [[nodiscard]] Timer* next_due(TimePoint now);

  // No later than the first timer is due, and perhaps sooner; nullopt: no timer is set.
  [[nodiscard]] std::optional<TimePoint> next_deadline();

 private:
  static constexpr std::size_t kSlots = 1024;
  static constexpr std::size_t kBits = 64;
  using Tick = std::int64_t;  // milliseconds of the clock

  // The first tick at which `at` has passed.
  static Tick tick_of(TimePoint at);
  [[nodiscard]] static std::size_t slot_of(Tick tick) { return static_cast<std::size_t>(tick) % kSlots; }

  std::array<Timer, kSlots> slots_;  // each the head of a ring
  // A bit for each slot that was given a timer since it was last found empty: timers leave without a word.
  std::array<std::uint64_t, kSlots / kBits> used_{};
  Tick ticked_;  // all ticks before this one have been looked at
};

}  // namespace rediscovery::core
