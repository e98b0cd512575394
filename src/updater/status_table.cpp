#include "updater/status_table.hpp"

#include <algorithm>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

namespace rediscovery::updater {
namespace {

std::string own_word(const RedisFact& node) {
  if (!node.report) return node.refused ? "not let in" : "no answer";
  if (node.report->role == core::Role::master) return "master";
  return node.report->master_link_up ? "slave" : "slave, link down";
}

std::string word_of_sentinels(const sentinel::Consensus& consensus, const core::Endpoint& endpoint) {
  if (consensus.kind != sentinel::Consensus::Kind::agreed) return {};
  if (consensus.address == endpoint) return "master";
  for (const auto& replica : consensus.replicas) {
    if (replica.endpoint == endpoint) return std::string(sentinel::to_string(replica.state));
  }
  return {};
}

std::string word_of_consul(const MasterFacts& facts, const core::Endpoint& endpoint) {
  std::string word;
  for (const auto role : {Role::master, Role::replica}) {
    if (!is_shown_as(facts, endpoint, role)) continue;
    word += (word.empty() ? "" : " and ") + std::string(to_string(role));
  }
  if (!word.empty() || !facts.consul || !*facts.consul) return word;
  const auto& entries = (*facts.consul)->entries;
  const bool hidden = std::any_of(entries.begin(), entries.end(),
                                  [&](const auto& entry) { return node_of_entry(facts, entry) == endpoint; });
  return hidden ? "critical" : "";
}

std::string words_of_dns(const DnsFact& fact) {
  std::string text;
  for (const auto& answer : fact.answers) text += (text.empty() ? "" : " ") + answer.to_string();
  if (!text.empty()) return text;
  // "NXDOMAIN for … at …": the rest is in the row already.
  return fact.problem.substr(0, fact.problem.find(" for "));
}

MasterStatus status_of(const MasterFacts& facts) {
  const auto consensus = consensus_of(facts);
  MasterStatus status;
  status.name = facts.config.name;
  status.sentinels = consensus.asked;
  status.supporters = consensus.supporters;
  status.quorum = consensus.quorum;
  status.epoch = consensus.epoch;
  status.sentinels_problem = consensus.problem;
  if (facts.consul && *facts.consul) {
    status.fence = (*facts.consul)->fence;
    if (!status.fence) {
      status.fence_problem =
          (*facts.consul)->fence_unreadable ? "the key holds something else" : "nothing registered yet";
    }
  } else {
    status.fence_problem = "Consul could not be read";
  }
  if (consensus.kind == sentinel::Consensus::Kind::agreed) {
    status.address = consensus.address;
  } else if (status.fence) {
    status.address = status.fence->address;
    status.epoch = status.fence->epoch;
  }
  for (const auto& node : facts.redis) {
    status.nodes.push_back({node.endpoint, own_word(node), word_of_sentinels(consensus, node.endpoint),
                            word_of_consul(facts, node.endpoint)});
  }
  std::stable_partition(status.nodes.begin(), status.nodes.end(),
                        [&](const NodeStatus& node) { return node.endpoint == status.address; });
  for (const auto& fact : facts.dns) status.dns.push_back({fact.server, fact.name, words_of_dns(fact)});
  return status;
}

// Columns as wide as their widest word, two spaces apart, without spaces at the end.
void print_columns(const std::vector<std::vector<std::string>>& rows, std::ostream& out) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
      line += row[i] + std::string(widths[i] + 2 - row[i].size(), ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    out << "  " << line << "\n";
  }
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

void print_one(const MasterStatus& status, std::ostream& out) {
  out << status.name << ": " << (status.address ? status.address->to_string() : "no master known");
  if (status.address) out << " at config-epoch " << status.epoch;
  out << "\n";
  std::ostringstream sentinels;
  sentinels << status.supporters << " of " << status.sentinels << " agree";
  if (status.supporters > 0) sentinels << ", quorum " << status.quorum;
  if (!status.sentinels_problem.empty()) sentinels << "; " << status.sentinels_problem;
  std::vector<std::vector<std::string>> lines = {{"sentinels", sentinels.str()}};
  if (status.fence) {
    std::ostringstream fence;
    fence << "epoch " << status.fence->epoch << (status.fence->observed ? ", observed" : "") << ", since "
          << status.fence->written_at;
    lines.push_back({"consul", fence.str()});
    lines.push_back({"", "by " + status.fence->writer});
  } else {
    lines.push_back({"consul", status.fence_problem});
  }
  print_columns(lines, out);
  std::vector<std::vector<std::string>> nodes = {{"REDIS", "SAYS", "SENTINELS", "CONSUL"}};
  for (const auto& node : status.nodes) {
    nodes.push_back(
        {node.endpoint.to_string(), or_dash(node.itself), or_dash(node.sentinels), or_dash(node.consul)});
  }
  if (nodes.size() > 1) {
    out << "\n";
    print_columns(nodes, out);
  }
  if (status.dns.empty()) return;
  std::vector<std::vector<std::string>> answers = {{"DNS", "NAME", "ANSWER"}};
  for (const auto& row : status.dns) {
    // One address a line: three of them would not fit.
    std::istringstream words(row.answer);
    std::string word = row.answer;
    const bool is_list = row.answer.find(':') != std::string::npos;
    bool first = true;
    while (is_list ? static_cast<bool>(words >> word) : first) {
      answers.push_back({first ? row.server.to_string() : "", first ? row.name : "", word});
      first = false;
    }
  }
  out << "\n";
  print_columns(answers, out);
}

}  // namespace

std::vector<MasterStatus> statuses_of(const Facts& facts) {
  std::vector<MasterStatus> statuses;
  for (const auto& master : facts.masters) statuses.push_back(status_of(master));
  return statuses;
}

void print(const std::vector<MasterStatus>& statuses, std::ostream& out) {
  for (const auto& status : statuses) {
    if (&status != &statuses.front()) out << "\n";
    print_one(status, out);
  }
}

nlohmann::json to_json(const std::vector<MasterStatus>& statuses) {
  using nlohmann::json;
  json list = json::array();
  for (const auto& status : statuses) {
    json nodes = json::array();
    for (const auto& node : status.nodes) {
      nodes.push_back({{"address", node.endpoint.to_string()},
                       {"says", node.itself},
                       {"sentinels", node.sentinels},
                       {"consul", node.consul}});
    }
    json dns = json::array();
    for (const auto& row : status.dns) {
      dns.push_back({{"server", row.server.to_string()}, {"name", row.name}, {"answer", row.answer}});
    }
    json one = {{"master", status.name},
                {"address", status.address ? json(status.address->to_string()) : json()},
                {"epoch", status.epoch},
                {"sentinels",
                 {{"agree", status.supporters},
                  {"configured", status.sentinels},
                  {"quorum", status.quorum},
                  {"problem", status.sentinels_problem}}},
                {"fence", status.fence ? json::parse(to_json_text(*status.fence), nullptr, false) : json()},
                {"fence_problem", status.fence_problem},
                {"nodes", nodes},
                {"dns", dns}};
    list.push_back(std::move(one));
  }
  return list;
}

int exit_code(const std::vector<MasterStatus>& statuses) {
  const bool known = std::all_of(statuses.begin(), statuses.end(), [](const MasterStatus& status) {
    return status.sentinels_problem.empty() && status.fence;
  });
  return known ? 0 : 1;
}

}  // namespace rediscovery::updater
