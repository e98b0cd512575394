// Which Sentinels are asked about one master: those of the configuration, and those that they list.
#pragma once

#include <cstddef>
#include <vector>

#include "sentinel/view.hpp"

namespace rediscovery::sentinel {

// A majority is counted over the members. Sentinel itself counts it over all it lists, the dead ones
// included, until SENTINEL RESET; so does this. Whoever can reach only a corner of the network knows that
// there are others, and does not take the corner for the whole.
//
// Configured ones are members for good. Others
//   join   as soon as a member lists them, so that they are asked in the same reading;
//   leave  when nobody lists them any more in a reading of more than half of the members: a Sentinel that was
//          reset while its updater is cut off with it must not shrink the whole to the corner;
//          or when they turn out to be another member, by their run id.
//
// Pure; one thread.
class Roster {
 public:
  // A broken list must not make us connect to the whole world. Sentinels are three or five, rarely seven.
  static constexpr std::size_t kMostDiscovered = 16;

  // Without `discover` it stays as configured.
  Roster(const std::vector<core::Endpoint>& configured, bool discover);

  // The configured ones first.
  [[nodiscard]] std::vector<core::Endpoint> members() const;
  // One has been read. Returns those that are members since then.
  std::vector<core::Endpoint> heard(const Observation& observation);
  // All have been asked. Returns their observations, one for each Sentinel: one that was asked at two of its
  // addresses counts once.
  [[nodiscard]] std::vector<Observation> conclude(std::vector<Observation> observations);

 private:
  struct Member {
    Identity identity;  // its own word, or else as listed
    bool configured = false;
  };

  [[nodiscard]] bool is_known(const Identity& listed) const;
  void strike_unlisted(const std::vector<Observation>& observations);
  void strike_doubles();

  bool discover_;
  std::vector<Member> members_;
};

}  // namespace rediscovery::sentinel
