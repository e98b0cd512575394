// What to change in Consul so that it says what Sentinel says. Pure: everything known goes in, steps come
// out.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sentinel/consensus.hpp"
#include "updater/config.hpp"
#include "updater/registration.hpp"

namespace rediscovery::updater {

enum class Verdict : std::uint8_t {
  up_to_date,  // nothing to do
  change,      // there are steps
  superseded,  // Consul already knows a later switch
  conflict,    // two masters at one epoch: a person must look
  refused,     // it would be wrong, or too early, to write anything
};

// Why a verdict is superseded, conflict or refused.
enum class Cause : std::uint8_t {
  none,
  unreadable,         // no Sentinel could be read
  unknown_master,     // no Sentinel knows the master
  below_quorum,       // too few Sentinels for a first write, or for an epoch reset
  stale_epoch,        // Consul's fence has a higher epoch
  unannounced,        // the same, from a promotion that was observed and that Sentinel has yet to announce
  given_up,           // the same, and Sentinel seems to have given it up: look again to be sure
  epoch_conflict,     // the fence names another master at the same epoch
  sentinel_conflict,  // the Sentinels name several masters at the same epoch
  foreign_fence,      // the fence's key holds something else
  foreign_master,     // somebody else has registered another master under the name
  agent_node,         // a Consul agent lives under the node's name
  node_address,       // the node's name belongs to another address
  not_ours,           // the updater beside the new master has yet to make the switch
};

[[nodiscard]] std::string_view to_string(Verdict verdict);
[[nodiscard]] std::string_view to_string(Cause cause);
std::ostream& operator<<(std::ostream& out, Verdict verdict);
std::ostream& operator<<(std::ostream& out, Cause cause);

// Whether time alone can remove the cause: then trying again makes sense.
[[nodiscard]] bool is_transient(Cause cause);

struct Step {
  enum class Kind : std::uint8_t { add, remove, refresh, keep };  // keep: only for people
  Kind kind = Kind::keep;
  Registration registration;
  bool write_node = false;  // it is not there, or has another address
  friend bool operator==(const Step&, const Step&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Step& step);
};

// What our own agent is to be told after the transaction; registration "agent" only.
struct AgentStep {
  enum class Kind : std::uint8_t { register_service, deregister };
  Kind kind = Kind::register_service;
  Registration registration;
  friend bool operator==(const AgentStep&, const AgentStep&) = default;
  friend std::ostream& operator<<(std::ostream& out, const AgentStep& step);
};

struct Plan {
  std::string master_name;
  Verdict verdict = Verdict::refused;
  Cause cause = Cause::none;
  std::string explanation;  // one sentence for people
  std::optional<Fence> before;
  std::uint64_t fence_index = 0;
  Fence after;              // change and up_to_date only
  std::vector<Step> steps;  // masters first; the order of the transaction is transaction()'s
  std::vector<AgentStep> agent_steps;
  std::vector<std::string> warnings;  // what a person should know, whatever the verdict
  std::vector<std::string> left_out;  // the same, of replicas that are not registered, or that nobody knows
  bool unsettled = false;             // a replica's state was unknown or bad, look again soon
  std::size_t deferred = 0;           // replicas' changes that did not fit into one transaction

  friend bool operator==(const Plan&, const Plan&) = default;
};

struct PlanInput {
  const MasterConfig& master;
  const std::string& node_prefix;
  const sentinel::Consensus& consensus;
  const ConsulState& consul;
  bool accept_epoch_reset = false;
  std::string writer;      // for the fence
  std::string written_at;  // for the fence
  // Set if the consensus is what this Sentinel is about to say, as it was observed at the promoted replica.
  std::optional<sentinel::Identity> observed_leader = {};
  // The fence's index as it was read before the Sentinels were asked; 0: it was not. What they said before
  // the promotion must not pass as their word that it was given up.
  std::uint64_t index_before_asking = 0;
  // The master in the fence, asked after the fence was read, says that it is a replica.
  bool observed_is_replica = false;
  // Registration "agent": the one Redis that this updater looks after.
  std::optional<core::Endpoint> own_redis = {};
};

// The rules, in this order:
//
//   Sentinels not agreed                               refused (or conflict), nothing is written
//   fence's key holds something else                   refused
//   no fence, fewer agree than the quorum              refused: a lone Sentinel at start may be wrong
//   no fence, somebody else's master under the name    refused: DNS would show two
//   epoch < fence's epoch                              superseded; with accept_epoch_reset and a majority of
//                                                      all Sentinels: change
//     … of a promotion that was observed               superseded, until it is announced; change, if it was
//                                                      given up (see observation.hpp)
//   observed, epoch <= the one given up                superseded: an observer that comes late
//   epoch = fence's epoch, other address               conflict: never flap between two masters
//   each updater looks after its own Redis, ours is    superseded, until the one beside the new master has
//   not the new master, and the fence is not there     made the switch
//   master's node belongs to an agent, or to another   refused: the agent would undo it within a minute
//   address
//   otherwise                                          the difference, replicas included
//
// Replicas: a healthy one is registered. An unknown one stays as it was. One that lags is removed, unless no
// other is left: an outdated replica still beats a name that does not exist. One that clients would reach at
// the master's endpoint, or at another replica's, is left out: the address map is wrong. While the host name
// of one is not known here, none is removed that is not listed: it may be that one.
[[nodiscard]] Plan make_plan(const PlanInput& input);

// A majority of all Sentinels, and their quorum, agree.
[[nodiscard]] bool has_majority(const sentinel::Consensus& consensus);

// The operations of a plan to change: the fence first, then nodes, removals, services, checks.
[[nodiscard]] std::vector<consul::Operation> transaction(const Plan& plan, std::string_view key);

}  // namespace rediscovery::updater
