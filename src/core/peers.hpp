// Who may be the next master: the other nodes of the followed master's group, by its own word.
#pragma once

#include <map>
#include <vector>

#include "core/endpoint.hpp"
#include "core/time.hpp"

namespace rediscovery::core {

// A master's ROLE lists the replicas that are attached to it. Every verification brings that list, so it
// costs nothing to know whom to ask when the master is suspect, without a name for the replicas; and where to
// expect a promotion that the name for the replicas does not list, or not yet.
//
// A replica that somebody has detached by hand is a master, too, out of our master's history, and must not be
// taken for a successor. Our master's next list is without it; so a list counts for a while only.
class Peers {
 public:
  // After a promotion the others need this long at most to come over to the new master; Sentinel corrects
  // those that do not. Until then its list says who has come, not who there is.
  static constexpr Duration kGathering = std::chrono::seconds(10);

  explicit Peers(Duration good_for) : good_for_(good_for) {}

  // What the followed master lists now.
  void listed(const std::vector<Endpoint>& replicas, TimePoint now);
  // Another master is followed. Of the same group: the one before may come back as its replica.
  void followed(const Endpoint& master, bool of_same_group, TimePoint now);
  // Who may be asked when the master is suspect. Empty if what is known is too old.
  [[nodiscard]] std::vector<Endpoint> known(TimePoint now) const;
  // Where a standby is worth keeping while the master is well: who has been listed within that time. Also one
  // that the newest list is without: a replica leaves its master a moment before we are cut by its promotion.
  [[nodiscard]] std::vector<Endpoint> attached(TimePoint now) const;

 private:
  void add(const Endpoint& endpoint);

  Duration good_for_;
  Endpoint master_;
  std::vector<Endpoint> nodes_;
  std::map<Endpoint, TimePoint> attached_;  // and when each was listed last
  TimePoint as_of_{};
  TimePoint gathering_until_{};
};

}  // namespace rediscovery::core
