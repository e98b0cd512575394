#include "live/fault.hpp"

#include <algorithm>

#include "live/situation.hpp"

namespace rediscovery::demo::live {
namespace {

bool any(const Situation& situation, Process process) {
  return std::any_of(situation.nodes.begin(), situation.nodes.end(),
                     [process](const NodeView& node) { return node.process == process; });
}

// What Sentinel, or an operator, needs in order to make another Redis the master.
std::string why_no_other_master(const Situation& situation) {
  const auto agreement = find_agreement(situation);
  if (!agreement.master) return agreement.problem + ": wait, or revive what is dead";
  const bool heir = std::any_of(situation.nodes.begin(), situation.nodes.end(), [](const NodeView& node) {
    return node.process == Process::running && node.role == "replica" && node.link == "up";
  });
  if (!heir) return "no replica could take over: revive one first";
  return "";
}

}  // namespace

const std::vector<FaultText>& all_faults() {
  static const std::vector<FaultText> faults{
      {Fault::kill, "kill", "Kill the master",
       "SIGKILL to the Redis that is master: its connections end at once."},
      {Fault::hang, "hang", "Hang the master",
       "SIGSTOP to the Redis that is master: its connections stay open, and nothing answers."},
      {Fault::resume, "continue", "Continue",
       "SIGCONT to the Redis that hangs: it still takes itself for the master until Sentinel tells it "
       "otherwise, some ten seconds later."},
      {Fault::planned, "planned", "Planned failover",
       "SENTINEL FAILOVER: an operator asks Sentinel to replace a healthy master."},
      {Fault::repoint, "repoint", "Repoint by hand",
       "An operator takes the master from the Sentinels (SENTINEL REMOVE), promotes a replica and makes the "
       "others follow it (REPLICAOF), and gives it back to them (SENTINEL MONITOR). Only then the name is "
       "moved, with rediscovery-updater apply --accept-epoch-reset. Until then it names a Redis that refuses "
       "writes."},
      {Fault::revive, "revive", "Revive",
       "Starts every Redis that was killed. It returns in the role it had, until Sentinel makes it a "
       "replica, some ten seconds later."},
      {Fault::dns_down, "dns-down", "DNS down",
       "SIGSTOP to the clients' name server, a dnsmasq in front of Consul: questions get no answer."},
      {Fault::dns_up, "dns-up", "DNS up", "SIGCONT to the name server."},
      {Fault::consul_down, "consul-down", "Consul down",
       "SIGKILL to Consul: no name can be moved, and the name server in front of it has nobody to ask."},
      {Fault::consul_up, "consul-up", "Consul up", "Starts Consul again, on the data it had."},
  };
  return faults;
}

const FaultText& text_of(Fault fault) {
  return *std::find_if(all_faults().begin(), all_faults().end(),
                       [fault](const FaultText& text) { return text.fault == fault; });
}

std::optional<Fault> find_fault(std::string_view name) {
  const auto found = std::find_if(all_faults().begin(), all_faults().end(),
                                  [name](const FaultText& text) { return text.name == name; });
  return found == all_faults().end() ? std::nullopt : std::optional(found->fault);
}

std::optional<Fault> undoing_of(Fault fault) {
  switch (fault) {
    case Fault::kill:
      return Fault::revive;
    case Fault::hang:
      return Fault::resume;
    case Fault::dns_down:
      return Fault::dns_up;
    case Fault::consul_down:
      return Fault::consul_up;
    default:
      return std::nullopt;
  }
}

std::vector<std::string> faults_with_undoing() {
  std::vector<std::string> names;
  for (const Fault fault :
       {Fault::kill, Fault::hang, Fault::planned, Fault::repoint, Fault::dns_down, Fault::consul_down}) {
    names.emplace_back(text_of(fault).name);
  }
  return names;
}

bool moves_master(Fault fault) {
  return fault == Fault::kill || fault == Fault::hang || fault == Fault::planned || fault == Fault::repoint;
}

std::string why_not(Fault fault, const Situation& situation, std::optional<Fault> busy) {
  if (busy) {
    return "\"" + std::string(text_of(*busy).name) + "\" is not over yet: wait until it is";
  }
  switch (fault) {
    case Fault::kill:
    case Fault::hang:
    case Fault::planned:
      return why_no_other_master(situation);
    case Fault::repoint:
      if (!situation.consul_answering) return "without Consul the name cannot be moved: start it first";
      if (any(situation, Process::dead)) return "all Redis must take part: revive what is dead first";
      if (any(situation, Process::stopped)) return "all Redis must take part: continue what hangs first";
      return why_no_other_master(situation);
    case Fault::resume:
      return any(situation, Process::stopped) ? "" : "no Redis hangs";
    case Fault::revive:
      return any(situation, Process::dead) ? "" : "no Redis is dead";
    case Fault::dns_down:
      return situation.dns_process == Process::running ? ""
                                                       : "the name server is down already: press \"DNS up\"";
    case Fault::dns_up:
      return situation.dns_process == Process::running ? "the name server is not down" : "";
    case Fault::consul_down:
      return situation.consul_process == Process::running ? ""
                                                          : "Consul is down already: press \"Consul up\"";
    case Fault::consul_up:
      return situation.consul_process == Process::running ? "Consul is not down" : "";
  }
  return "";
}

}  // namespace rediscovery::demo::live
