// Who may be the next master: the other nodes of the followed master's group.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "core/endpoint.hpp"
#include "core/time.hpp"

namespace rediscovery::core {

// A master's ROLE lists the replicas that are attached to it. Every verification brings that list, so it
// costs nothing to know where to expect a promotion, and whom to ask when the master is suspect, without a
// name for the replicas; or where their name does not list one, or not yet. Of those a standby tells more.
//
// A replica that somebody has detached by hand is a master, too, out of our master's history, and must not be
// taken for a successor. Our master's next list is without it, and it says itself what it is.
class Peers {
 public:
  // After a promotion the others need this long at most to come over to the new master; Sentinel corrects
  // those that do not. Until then its list says who has come, not who there is.
  static constexpr Duration kGathering = std::chrono::seconds(10);
  // A replica leaves its master's list a moment before we are cut by its promotion.
  static constexpr Duration kLeaving = std::chrono::seconds(1);
  // Who is away, or has come back as a master of its own, becomes a replica again when Sentinel gets round to
  // it, and can be promoted in the next moment.
  static constexpr Duration kRemembering = std::chrono::minutes(10);

  // So long the word counts, the master's or a node's own, that it is the master's replica.
  explicit Peers(Duration good_for) : good_for_(good_for) {}

  // What the followed master lists now.
  void listed(const std::vector<Endpoint>& replicas, TimePoint now);
  // A node says itself that it is the followed master's replica, and whether it is in touch with it.
  void obeys(const Endpoint& replica, bool is_linked, TimePoint now);
  // It says that it is none.
  void left(const Endpoint& replica);
  // Another master is followed. Of the same group: the one before may come back as its replica.
  void followed(const Endpoint& master, bool of_same_group, TimePoint now);

  // Where a standby is worth keeping while the master is well: first at those that are listed.
  [[nodiscard]] std::vector<Endpoint> worth_a_standby(TimePoint now) const;
  // Who may be the successor: to be asked when the master is suspect, and believed when it cuts us. Not whom
  // the newest list lacks, unless it has said otherwise itself since.
  [[nodiscard]] std::vector<Endpoint> known(TimePoint now) const;
  [[nodiscard]] bool is_known(const Endpoint& endpoint, TimePoint now) const;

 private:
  struct Node {
    TimePoint seen{};                         // when the master, or the node itself, last said so
    std::optional<TimePoint> unlisted_since;  // the newest list is without it
    bool has_left = false;                    // by its own word; or nobody had said so lately, at a switch
    bool was_master = false;                  // the one before; nobody has said yet that it is a replica
  };
  [[nodiscard]] bool counts(const Node& node, TimePoint now) const;

  Duration good_for_;
  Endpoint master_;
  std::map<Endpoint, Node> nodes_;
  std::optional<TimePoint> switched_at_;
};

}  // namespace rediscovery::core
