// What a person who looks for a fault wants to know of one Sentinel, beyond what the daily reading asks.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <rediscovery/command.hpp>
#include <rediscovery/reply.hpp>

#include "sentinel/settings.hpp"
#include "sentinel/view.hpp"

namespace rediscovery::sentinel {

// Another Sentinel, as this one has it in SENTINEL SENTINELS.
struct Peer {
  std::string address;  // as announced: "10.0.0.12:26379", perhaps a host name
  bool down = false;    // subjectively
  std::string run_id = {};
  friend bool operator==(const Peer&, const Peer&) = default;
};

// A script that Sentinel runs, or will run again, as SENTINEL PENDING-SCRIPTS has it.
struct PendingScript {
  std::string path;
  bool running = false;
  std::uint64_t retries = 0;
  friend bool operator==(const PendingScript&, const PendingScript&) = default;
};

struct Examination {
  Observation observation;
  // The rest is only known as far as this Sentinel could be asked.
  std::string version;                        // empty: not known
  std::uint64_t process_id = 0;               // on its own host; 0: not known
  bool tilt = false;                          // it does not trust its clock and fails nothing over
  std::optional<bool> announces_hostnames;    // unset: before Redis 6.2, or not allowed to know
  std::optional<std::string> quorum_problem;  // what SENTINEL CKQUORUM complains of
  std::optional<std::vector<Peer>> peers;     // ordered by address
  std::vector<PendingScript> pending;
  std::string client_reconfig_script;  // empty: none
  std::string notification_script;     // empty: none
};

// questions() and, behind them, what only an examination asks.
[[nodiscard]] std::vector<Command> examination_questions(const std::string& master,
                                                         const Credentials& credentials);

// What the answers to examination_questions() mean, for the Sentinel at `sentinel`. An answer that is missing
// or an error leaves its field open. `retry`: as in Interpretation.
struct ExaminationResult {
  Examination examination;
  bool retry = false;
};
[[nodiscard]] ExaminationResult read_examination(const core::Endpoint& sentinel,
                                                 const std::vector<Reply>& answers, const std::string& master,
                                                 const Credentials& credentials,
                                                 const AddressOf& address_of = no_address);

}  // namespace rediscovery::sentinel
