#include "sim/front.hpp"

#include <algorithm>
#include <variant>

namespace rediscovery::sim {

void Front::on(const core::PoolFsm::Event& event, const ConnectionPtr& joining) {
  if (std::holds_alternative<core::PoolFsm::Adopted>(event)) {
    master_ = joining->node;
    run_id_ = joining->report.run_id;
  }
  handle(event, joining);
}

void Front::check_usable(const Connection& connection, const core::PoolFsm& fsm) {
  if (connection.generation != fsm.generation())
    context_.violated("used a connection of an older generation");
  if (fsm.state() != core::PoolFsm::State::serving)
    context_.violated("used a connection while the master is suspect");
  // Rule 1: the node itself said on this very connection that it is a master, and it is the process adopted.
  if (connection.report.role != core::Role::master || connection.node != master_ ||
      connection.report.run_id != run_id_) {
    context_.violated("used a connection to a node that is not the verified master of this generation");
  }
}

void Front::check_named(const Connection& connection) {
  const core::Endpoint& endpoint = cluster_.node(connection.node).endpoint;
  if (std::find(named_replicas_.begin(), named_replicas_.end(), endpoint) == named_replicas_.end())
    context_.violated("a read went to a replica that is not named");
}

Command command_of(CommandKind kind, CommandId id) {
  const std::string number = std::to_string(id);
  switch (kind) {
    case CommandKind::read:
      return Command{"GET", "k", number};
    case CommandKind::set:
      return Command{"SET", "k", "v", number}.idempotent();
    case CommandKind::increment:
      return Command{"INCR", "k", number};
    case CommandKind::script:
      return Command{"EVAL", "return redis.call('INCR', KEYS[1])", "1", "k", number};
    case CommandKind::wrong:
      break;
  }
  return Command{"LPUSH", "k", "v", number};
}

bool proves_not_executed(const Reply& reply) {
  const std::string_view code = reply.text().substr(0, reply.text().find(' '));
  return reply.is_error() && (code == "READONLY" || code == "LOADING" || code == "MASTERDOWN" ||
                              code == "NOREPLICAS" || code == "BUSY");
}

}  // namespace rediscovery::sim
