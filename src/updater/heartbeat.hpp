// Who says that somebody still knows the truth about a master's registrations, and who notices that nobody
// does. Pure.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <variant>

#include "core/rng.hpp"
#include "core/time.hpp"
#include "updater/reconcile.hpp"

namespace rediscovery::updater {

// What one reconcile has brought to light about the registrations.
enum class Standing : std::uint8_t {
  confirmed,  // Consul says what a majority of the Sentinels say
  blind,      // too few Sentinels could be read to know whether Consul is right
  unsure,     // neither: a switch under way, a conflict, something refused
  cut_off,    // Consul could not be read or written
};
std::ostream& operator<<(std::ostream& out, Standing standing);

[[nodiscard]] Standing standing_of(const Report& report);

struct HeartbeatPolicy {
  core::Duration interval;     // of the beats of all updaters together
  core::Duration stale_after;  // longer than `interval`
};

// Heartbeat follows one master's heartbeat, a key in Consul. Only its ModifyIndex counts, and how long this
// process has seen it unchanged by its own steady clock: no clocks of two hosts are compared.
//
//   state     event                          action                                           next
//   unseen    confirmed, blind               Look                                             same
//   seen      confirmed, age >= due          Look                                             same
//   seen      blind, last look long ago      Look                                             same
//   any       unsure                         -                                                same
//   any       cut_off                        -                                                unseen
//   any       found none, confirmed          Beat (create it)                                 unseen
//   any       found none, blind              -                                                unseen
//   unseen    found                          -                                                seen, age 0
//   seen      found another index            -                                                seen, age 0
//   seen      found the same, confirmed      Beat                                             same
//   seen      found the same, blind,         Judge                                            same
//             age >= stale_after
//   any       beaten                         -                                                seen, age 0
//   any       outrun                         -                                                unseen
//   Every other pair changes nothing.
//
// `due` is drawn from half the interval to all of it, so that of several updaters one is the first, and the
// others find its beat. The age begins anew after Consul could not be reached (cut_off): in that time nobody
// may have been able to beat. A master whose key does not exist never goes stale: then only one-shots look
// after it. A blind updater looks ten times in stale_after, which makes it late by a tenth at most.
class Heartbeat {
 public:
  struct Found {
    std::uint64_t index = 0;  // 0: there is no such key
    Standing standing = Standing::unsure;
  };
  struct Beaten {
    std::uint64_t index = 0;
  };
  struct Outrun {};  // somebody else wrote the key first
  using Event = std::variant<Standing, Found, Beaten, Outrun>;

  enum class Act : std::uint8_t {
    none,
    look,   // read the key
    beat,   // write it, if its index still is `index`
    judge,  // it is stale: what cannot be confirmed otherwise becomes critical, if its index still is `index`
  };
  struct Action {
    Act act = Act::none;
    std::uint64_t index = 0;
    friend bool operator==(const Action&, const Action&) = default;
    friend std::ostream& operator<<(std::ostream& out, const Action& action);
  };

  explicit Heartbeat(HeartbeatPolicy policy) : policy_(policy) {}

  [[nodiscard]] Action on(const Event& event, core::TimePoint now, core::Rng& rng);
  // When it wants to hear the next standing at the latest; nullopt: whenever there is one.
  [[nodiscard]] std::optional<core::TimePoint> next_deadline() const;
  // How long the key has been seen unchanged.
  [[nodiscard]] core::Duration age(core::TimePoint now) const;

 private:
  struct Seen {
    std::uint64_t index;
    core::TimePoint since;  // when it was first seen with this index
    core::Duration due;     // the age at which this process beats
    core::TimePoint looked;
  };

  Action heard(Standing standing, core::TimePoint now);
  Action found(const Found& found, core::TimePoint now, core::Rng& rng);
  void see(std::uint64_t index, core::TimePoint now, core::Rng& rng);
  [[nodiscard]] core::Duration blind_pause() const { return policy_.stale_after / 10; }

  HeartbeatPolicy policy_;
  std::optional<Seen> seen_;  // nullopt: unseen
  Standing standing_ = Standing::unsure;
};

std::ostream& operator<<(std::ostream& out, Heartbeat::Act act);

}  // namespace rediscovery::updater
