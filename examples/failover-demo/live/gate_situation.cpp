#include "live/gate_situation.hpp"

#include <algorithm>

namespace rediscovery::demo::live {
namespace {

using Json = nlohmann::ordered_json;

bool would_change(GateAct act, const GateNode& node) {
  switch (act) {
    case GateAct::take_redis:
      return node.redis;
    case GateAct::give_redis:
      return !node.redis;
    case GateAct::admit:
      return !node.admitted;
    case GateAct::exclude:
      return node.admitted;
  }
  return false;
}

std::string why_no_change(GateAct act) {
  switch (act) {
    case GateAct::take_redis:
      return "Redis has been taken away already";
    case GateAct::give_redis:
      return "Redis has not been taken away";
    case GateAct::admit:
      return "admitted already";
    case GateAct::exclude:
      return "not admitted: it is out already";
  }
  return {};
}

// An order for each node and, where that makes sense, for all of them.
Json orders(const GateSituation& situation) {
  Json json = Json::object();
  const auto add = [&](const std::string& name) {
    const auto order = find_gate_order(name, situation);
    const auto why = order ? why_not(*order, situation) : "";
    json[name] = {{"enabled", why.empty()}};
    if (!why.empty()) json[name]["why"] = why;
  };
  for (const GateAct act : all_gate_acts()) {
    add(std::string(name_of(act)));
    for (const auto& node : situation.nodes) add(std::string(name_of(act)) + "/" + node.id);
  }
  return json;
}

// Where several nodes are kept for several reasons, the floor is what people must know.
std::string guard_of(const GateSituation& situation) {
  for (const char* guard : {"floor", "freeze"}) {
    if (std::any_of(situation.nodes.begin(), situation.nodes.end(),
                    [guard](const GateNode& node) { return node.held_by == guard; }))
      return guard;
  }
  return "";
}

}  // namespace

bool GateSituation::answers(const GateNode& node) const {
  return answer && std::count(answer->begin(), answer->end(), node.address) != 0;
}

const std::vector<GateAct>& all_gate_acts() {
  static const std::vector<GateAct> acts{GateAct::take_redis, GateAct::give_redis, GateAct::admit,
                                         GateAct::exclude};
  return acts;
}

std::string_view name_of(GateAct act) {
  switch (act) {
    case GateAct::take_redis:
      return "take-redis";
    case GateAct::give_redis:
      return "give-redis";
    case GateAct::admit:
      return "admit";
    case GateAct::exclude:
      return "exclude";
  }
  return "";
}

std::optional<GateOrder> find_gate_order(const std::string& name, const GateSituation& situation) {
  const auto slash = name.find('/');
  GateOrder order;
  const auto act = std::find_if(all_gate_acts().begin(), all_gate_acts().end(),
                                [&](GateAct one) { return name_of(one) == name.substr(0, slash); });
  if (act == all_gate_acts().end()) return std::nullopt;
  order.act = *act;
  for (std::size_t i = 0; i < situation.nodes.size(); ++i) {
    if (slash == std::string::npos || situation.nodes[i].id == name.substr(slash + 1))
      order.nodes.push_back(i);
  }
  return order.nodes.empty() ? std::nullopt : std::optional(order);
}

std::vector<std::size_t> concerned(const GateOrder& order, const GateSituation& situation) {
  std::vector<std::size_t> nodes;
  for (const std::size_t node : order.nodes) {
    if (would_change(order.act, situation.nodes.at(node))) nodes.push_back(node);
  }
  return nodes;
}

std::string why_not(const GateOrder& order, const GateSituation& situation) {
  return concerned(order, situation).empty() ? why_no_change(order.act) : "";
}

void note_status(const nlohmann::json& status, GateSituation& situation) {
  situation.least = status.at("floor").at("least");
  situation.of = status.at("floor").at("of");
  for (auto& node : situation.nodes) {
    node.admitted = false;
    node.why = "Consul does not know it yet";
    node.held_by = "";
    for (const auto& instance : status.at("instances")) {
      if (instance.at("id") != node.id) continue;
      node.admitted = instance.at("admitted");
      node.why = instance.value("why", "");
    }
    for (const auto& held : status.at("plan").at("held")) {
      if (held.at("address") == node.address) node.held_by = held.at("held_by");
    }
  }
}

Json to_json(const GateSituation& situation) {
  Json nodes = Json::array();
  for (const auto& node : situation.nodes) {
    nodes.push_back({{"id", node.id},
                     {"address", node.address},
                     {"redis", node.redis},
                     {"check", node.check},
                     {"admitted", node.admitted},
                     {"why", node.why},
                     {"held_by", node.held_by},
                     {"in_answer", situation.answers(node)}});
  }
  return {{"answer", situation.answer ? Json(*situation.answer) : Json(nullptr)},
          {"nodes", nodes},
          {"floor",
           situation.least == 0 ? Json(nullptr) : Json{{"least", situation.least}, {"of", situation.of}}},
          {"guard", guard_of(situation)},
          {"problem", situation.problem},
          {"orders", orders(situation)}};
}

}  // namespace rediscovery::demo::live
