// How the nodes and their public name stand, and what can be done to them. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rediscovery::demo::live {

struct GateNode {
  std::string id;
  std::string address;
  bool redis = true;
  std::string check;      // in Consul: "passing", "critical"; empty: not registered yet
  bool admitted = false;  // by the gate's list
  std::string why;        // it is not
  std::string held_by;    // what keeps it in or out although its health says otherwise: "floor", "rise"
  friend bool operator==(const GateNode&, const GateNode&) = default;
};

struct GateSituation {
  std::vector<GateNode> nodes;
  std::optional<std::vector<std::string>> answer;  // of the DNS server; none: it does not answer
  int least = 0;  // the floor: so many stay, of those that are registered and admitted; 0: not known yet
  int of = 0;
  std::string problem;  // a part has ended, or the gate cannot do its work

  [[nodiscard]] bool answers(const GateNode& node) const;
  friend bool operator==(const GateSituation&, const GateSituation&) = default;
};

enum class GateAct { take_redis, give_redis, admit, exclude };
const std::vector<GateAct>& all_gate_acts();
std::string_view name_of(GateAct act);

// One of the buttons: for one node, or for all of them.
struct GateOrder {
  GateAct act = GateAct::take_redis;
  std::vector<std::size_t> nodes;
};
// "take-redis/st-api-2", "admit"
std::optional<GateOrder> find_gate_order(const std::string& name, const GateSituation& situation);
// Those of its nodes to which it would make a difference.
std::vector<std::size_t> concerned(const GateOrder& order, const GateSituation& situation);
// Why it cannot be done now; empty: it can.
std::string why_not(const GateOrder& order, const GateSituation& situation);

// What `st-api-gate status --json` says. Throws nlohmann::json::exception when it says something else.
void note_status(const nlohmann::json& status, GateSituation& situation);

// As the page reads it.
nlohmann::ordered_json to_json(const GateSituation& situation);

}  // namespace rediscovery::demo::live
