// Keeps a replica that flaps from flapping in DNS.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>

#include "core/time.hpp"
#include "sentinel/consensus.hpp"

namespace rediscovery::updater {

// Goes between what the Sentinels agree on and the plan, for one master. What it does not believe yet becomes
// `unknown`, which leaves a replica registered, or not, as it is: so several updaters, of different ages, do
// not work against each other. Pure.
//
//   state      seen as   becomes                       next
//   steady     healthy   healthy                       steady
//   steady     lagging   unknown                       doubtful
//   doubtful   lagging   unknown; after hold lagging   doubtful; after hold out
//   doubtful   healthy   healthy                       steady
//   out        healthy   unknown                       returning
//   out        lagging   lagging                       out
//   returning  healthy   unknown; after hold healthy   returning; after hold steady
//   returning  lagging   lagging                       out
//   any        down      down                          out
//   any        unknown   unknown                       same: no knowledge is no sign of anything
//   none       healthy   healthy                       steady
//   none       lagging   unknown                       doubtful
//
// `down` counts at once: Sentinel's down-after-milliseconds was its hold already. After a switch, another
// master or another epoch, and when it is listed no more, nothing is remembered of a replica.
class ReplicaDamper {
 public:
  // `hold` 0: everything counts at once.
  explicit ReplicaDamper(core::Duration hold) : hold_(hold) {}

  // Changes the states of the replicas, if the Sentinels agree.
  void damp(sentinel::Consensus& consensus, core::TimePoint now);

 private:
  enum class State : std::uint8_t { steady, doubtful, out, returning };
  struct Replica {
    State state = State::steady;
    core::TimePoint since{};  // doubtful, returning
  };

  [[nodiscard]] sentinel::ReplicaState see(Replica& replica, sentinel::ReplicaState seen,
                                           core::TimePoint now) const;

  core::Duration hold_;
  core::Endpoint master_;
  std::uint64_t epoch_ = 0;
  std::map<core::Endpoint, Replica> replicas_;
};

}  // namespace rediscovery::updater
