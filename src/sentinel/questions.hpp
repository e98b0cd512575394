// The questions one Sentinel is asked about one master, and what its answers mean. Pure.
#pragma once

#include <string>
#include <vector>

#include <rediscovery/command.hpp>
#include <rediscovery/reply.hpp>

#include "sentinel/host_book.hpp"
#include "sentinel/row.hpp"
#include "sentinel/settings.hpp"
#include "sentinel/view.hpp"

namespace rediscovery::sentinel {

// In the order they are to be sent, in one go: AUTH if needed, then
//
//   SENTINEL MASTER                    the epoch before
//   SENTINEL GET-MASTER-ADDR-BY-NAME   the address
//   SENTINEL REPLICAS
//   SENTINEL MASTER                    the epoch after
//
// Why not the address in SENTINEL MASTER: on the Sentinel that leads a failover that one is the old master
// until the very end, while the epoch beside it is already the new one. GET-MASTER-ADDR-BY-NAME names the
// promoted replica from the moment the epoch changes; asking for the epoch before and after proves that the
// two belong together.
[[nodiscard]] std::vector<Command> questions(const std::string& master, const Credentials& credentials);

// What the answers to questions() mean. `retry`: the epoch changed in between, ask again. `problem` never
// shows the password, whatever the server says.
struct Interpretation {
  Reading reading = Reading::unusable;
  bool retry = false;
  std::string problem;
  std::optional<MasterView> view;
};
[[nodiscard]] Interpretation interpret(const std::vector<Reply>& answers, const std::string& master,
                                       const Credentials& credentials,
                                       const AddressOf& address_of = no_address);

// The host names in the answers, which stand in the place of addresses with "announce-hostnames yes". Each
// once.
[[nodiscard]] std::vector<std::string> names_in(const std::vector<Reply>& answers);

// The state of one row of SENTINEL REPLICAS of a master at `master`. Right after a switch Sentinel rebuilds
// the table: every replica is listed with info-refresh 0, its link "err" and its master "?", and the dead old
// master is listed as a replica, too. None of that is knowledge, so it is `unknown`; a replica that has not
// been told of its new master yet while the failover is under way is `unknown`, as well.
[[nodiscard]] ReplicaState classify_replica(const Row& row, const core::Endpoint& master,
                                            bool failover_in_progress,
                                            const AddressOf& address_of = no_address);

}  // namespace rediscovery::sentinel
