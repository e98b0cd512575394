#include "live/actions.hpp"

#include <stdexcept>

namespace rediscovery::demo::live {
namespace {

std::string named(const NodeView& node) { return "Redis " + node.id + " (" + node.address + ")"; }

std::string all_that_are(Process process, const Situation& situation) {
  std::string text;
  for (const auto& node : situation.nodes) {
    if (node.process == process) text += (text.empty() ? "" : ", ") + named(node);
  }
  return text;
}

std::size_t find_master(const Situation& situation) {
  const auto agreement = find_agreement(situation);
  if (!agreement.master) throw std::runtime_error(agreement.problem);
  return *agreement.master;
}

// The one that an operator chooses: the first that is in step.
std::size_t find_heir(const Situation& situation) {
  for (std::size_t i = 0; i < situation.nodes.size(); ++i) {
    if (situation.nodes[i].role == "replica" && situation.nodes[i].link == "up") return i;
  }
  throw std::runtime_error("no replica could take over");
}

void must(const testing::RedisReply& reply, const std::string& what) {
  if (reply.is_error()) throw std::runtime_error(what + ": " + reply.text);
}

// As an operator does it who has Sentinels: they would undo a switch that they have not made, so the master
// is taken from them for that time. The name follows last.
void repoint(std::size_t heir, Stage& stage) {
  auto& cluster = stage.cluster();
  const auto& options = cluster.options();
  const auto& new_master = cluster.redis(heir);
  const auto each_sentinel = [&cluster](const auto& tell) {
    for (std::size_t i = 0; i < cluster.sentinel_count(); ++i) tell(cluster.sentinel(i));
  };
  each_sentinel([&](auto& sentinel) {
    must(sentinel.command({"SENTINEL", "REMOVE", options.master_name}), "SENTINEL REMOVE");
  });
  new_master.replicate("");
  for (std::size_t i = 0; i < cluster.redis_count(); ++i) {
    if (i != heir) cluster.redis(i).replicate(new_master.ip());
  }
  each_sentinel([&](auto& sentinel) {
    must(sentinel.command({"SENTINEL", "MONITOR", options.master_name, new_master.ip(),
                           std::to_string(new_master.port()), std::to_string(options.quorum)}),
         "SENTINEL MONITOR");
    sentinel.set("down-after-milliseconds", std::to_string(options.down_after.count()));
    sentinel.set("failover-timeout", std::to_string(options.failover_timeout.count()));
  });
  stage.run_updater({"apply", "--accept-epoch-reset"});
  // Until they know each other again they could not agree on a failover.
  each_sentinel([&](auto& sentinel) {
    testing::wait_until(
        [&] { return sentinel.settled(cluster.redis_count() - 1, cluster.sentinel_count() - 1); },
        std::chrono::seconds(30), sentinel.name() + " to know all others again",
        std::chrono::milliseconds(50));
  });
}

template <typename Act>
void for_each_that_is(Process process, const Situation& situation, Stage& stage, const Act& act) {
  for (std::size_t i = 0; i < situation.nodes.size(); ++i) {
    if (situation.nodes[i].process == process) act(stage.cluster().redis(i));
  }
}

}  // namespace

std::string describe(Fault fault, const Situation& situation) {
  switch (fault) {
    case Fault::kill:
      return named(situation.nodes[find_master(situation)]) + ", the master, is killed";
    case Fault::hang:
      return named(situation.nodes[find_master(situation)]) +
             ", the master, is stopped: its connections stay open, nothing answers";
    case Fault::resume:
      return all_that_are(Process::stopped, situation) + " goes on";
    case Fault::planned:
      return "an operator asks Sentinel to replace the master, " +
             named(situation.nodes[find_master(situation)]);
    case Fault::repoint:
      return "an operator makes " + named(situation.nodes[find_heir(situation)]) + " the master, and " +
             named(situation.nodes[find_master(situation)]) + " its replica";
    case Fault::dns_down:
      return "the clients' name server is stopped: it answers nothing";
    case Fault::dns_up:
      return "the clients' name server goes on";
    case Fault::consul_down:
      return "Consul is killed";
    case Fault::consul_up:
      return "Consul is started again, on its data";
    case Fault::revive:
      return all_that_are(Process::dead, situation) + " is started again";
  }
  return {};
}

void carry_out(Fault fault, const Situation& situation, Stage& stage) {
  auto& cluster = stage.cluster();
  switch (fault) {
    case Fault::kill:
      return cluster.redis(find_master(situation)).kill();
    case Fault::hang:
      return cluster.redis(find_master(situation)).stop();
    case Fault::resume:
      return for_each_that_is(Process::stopped, situation, stage, [](auto& node) { node.cont(); });
    case Fault::planned:
      return cluster.start_failover();
    case Fault::repoint:
      return repoint(find_heir(situation), stage);
    case Fault::dns_down:
      return stage.dns_front().stop();
    case Fault::dns_up:
      return stage.dns_front().cont();
    case Fault::consul_down:
      return cluster.consul().kill();
    case Fault::consul_up:
      cluster.consul().launch();
      return cluster.consul().wait_ready();
    case Fault::revive:
      return for_each_that_is(Process::dead, situation, stage, [](auto& node) { node.launch(); });
  }
}

}  // namespace rediscovery::demo::live
