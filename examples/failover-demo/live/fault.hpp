// The faults that can be made to happen, how each is undone, and when which is possible. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rediscovery::demo::live {

struct Situation;

enum class Fault { kill, hang, resume, planned, repoint, dns_down, dns_up, consul_down, consul_up, revive };

struct FaultText {
  Fault fault;
  std::string_view name;  // in addresses and on the command line
  std::string_view title;
  std::string_view hint;  // what is really done
};
// In the order in which the page shows them.
const std::vector<FaultText>& all_faults();
const FaultText& text_of(Fault fault);
std::optional<Fault> find_fault(std::string_view name);

// What makes the fault undone; none where it leaves nothing to undo.
std::optional<Fault> undoing_of(Fault fault);
// The names of those that are faults, not the undoing of others.
std::vector<std::string> faults_with_undoing();

// Those that end with another master.
bool moves_master(Fault fault);

// Why the fault cannot be made now, and what to do; empty: it can. `busy` is one that is not over yet.
std::string why_not(Fault fault, const Situation& situation, std::optional<Fault> busy);

}  // namespace rediscovery::demo::live
