#include "live/situation.hpp"

#include <algorithm>

namespace rediscovery::demo::live {
namespace {

using Json = nlohmann::ordered_json;

std::string ip_of(const std::string& address) { return address.substr(0, address.rfind(':')); }

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

template <typename Number>
Json number_or_null(const std::optional<Number>& number) {
  return number ? Json(*number) : Json(nullptr);
}

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

Json to_json(const NodeView& node, const NamesView& names) {
  Json named = Json::array();
  if (contains(names.masters, ip_of(node.address))) named.push_back("master");
  if (contains(names.replicas, ip_of(node.address))) named.push_back("slave");
  return {{"id", node.id},
          {"address", node.address},
          {"process", to_string(node.process)},
          {"role", node.role},
          {"master", text_or_null(node.master)},
          {"link", text_or_null(node.link)},
          {"run_id", text_or_null(node.run_id)},
          {"named", named}};
}

Json to_json(const SentinelView& sentinel) {
  return {{"id", sentinel.id},
          {"address", sentinel.address},
          {"process", to_string(sentinel.process)},
          {"master", text_or_null(sentinel.master)},
          {"epoch", sentinel.epoch},
          {"odown", sentinel.odown}};
}

}  // namespace

const char* to_string(Process process) {
  switch (process) {
    case Process::running:
      return "running";
    case Process::stopped:
      return "stopped";
    case Process::dead:
      return "dead";
  }
  return "?";
}

Agreement find_agreement(const Situation& situation) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < situation.nodes.size(); ++i) {
    if (!situation.nodes[i].is_master()) continue;
    if (found) return {std::nullopt, "two Redis say that they are master"};
    found = i;
  }
  if (!found) return {std::nullopt, "no Redis is master"};
  const NodeView& master = situation.nodes[*found];
  for (const auto& node : situation.nodes) {
    if (node.process != Process::running || node.is_master()) continue;
    if (node.role != "replica" || node.master != master.address || node.link != "up") {
      return {std::nullopt, "Redis " + node.id + " does not follow the master yet"};
    }
  }
  for (const auto& sentinel : situation.sentinels) {
    if (sentinel.master != master.address) {
      return {std::nullopt, "Sentinel " + sentinel.id + " does not name the master yet"};
    }
  }
  const bool can_move = situation.consul_answering && situation.names.answering;
  if (can_move && situation.names.masters != std::vector{ip_of(master.address)}) {
    return {std::nullopt, "the name does not stand for the master yet"};
  }
  if (situation.pool.master != master.address || situation.pool.state != "ready") {
    return {std::nullopt, "st-api's pool does not follow the master yet"};
  }
  return {found, ""};
}

Json to_json(const Situation& situation) {
  Json nodes = Json::array();
  Json standbys = Json::array();
  for (const auto& node : situation.nodes) {
    nodes.push_back(to_json(node, situation.names));
    if (node.standby) standbys.push_back(node.address);
  }
  Json sentinels = Json::array();
  for (const auto& sentinel : situation.sentinels) sentinels.push_back(to_json(sentinel));
  const PoolView& pool = situation.pool;
  return {{"nodes", nodes},
          {"sentinels", sentinels},
          {"dns",
           {{"answering", situation.names.answering},
            {"master", situation.names.masters},
            {"slave", situation.names.replicas}}},
          {"consul", {{"answering", situation.consul_answering}}},
          {"pool",
           {{"state", pool.state},
            {"master", text_or_null(pool.master)},
            {"generation", pool.generation},
            {"believes", pool.believes},
            {"connections", number_or_null(pool.connections)},
            {"standbys", standbys},
            {"waiting", number_or_null(pool.waiting)}}},
          {"updater", {{"running", situation.updater_running}}}};
}

}  // namespace rediscovery::demo::live
