#include "redis/node_report.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

namespace rediscovery::redis {
namespace {

// A group has a handful.
constexpr std::size_t kMostReplicas = 64;

// It goes where only text may: into Consul's JSON, and log lines. Redis' own are 40 hexadecimal digits.
std::string readable(std::string_view id) {
  constexpr std::size_t kLongest = 64;
  const bool is_plain =
      id.size() <= kLongest && std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c <= '~'; });
  return is_plain ? std::string(id) : std::string();
}

std::int64_t to_number(std::string_view text, std::int64_t otherwise) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : otherwise;
}

bool is_all_zeros(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

std::optional<core::Endpoint> to_endpoint(const Reply& address, std::optional<std::int64_t> port) {
  if (!port || *port <= 0 || *port > 65535 || !core::is_numeric_address(address.text())) return std::nullopt;
  return core::parse_endpoint(address.text(), static_cast<std::uint16_t>(*port));
}

// Each is an address, a port (as text) and an offset.
std::vector<core::Endpoint> read_replicas(const Reply& listed) {
  std::vector<core::Endpoint> replicas;
  for (const auto& replica : listed.elements()) {
    if (replicas.size() == kMostReplicas) break;
    const auto& words = replica.elements();
    if (words.size() < 2) continue;
    const auto endpoint = to_endpoint(words[0], to_number(words[1].text(), 0));
    if (endpoint && std::find(replicas.begin(), replicas.end(), *endpoint) == replicas.end()) {
      replicas.push_back(*endpoint);
    }
  }
  return replicas;
}

Error unexpected(const Reply& role) {
  const std::string what(role.elements().empty() ? role.text() : role.elements().front().text());
  return {ErrorCode::protocol, Executed::no, "unexpected answer to ROLE: '" + what + "'"};
}

}  // namespace

std::string_view info_field(std::string_view info, std::string_view field) {
  while (!info.empty()) {
    const auto end = info.find('\n');
    std::string_view line = info.substr(0, end);
    info = end == std::string_view::npos ? std::string_view() : info.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > field.size() && line.starts_with(field) && line[field.size()] == ':') {
      return line.substr(field.size() + 1);
    }
  }
  return {};
}

Result<core::NodeReport> read_node_report(const Reply& role, std::string_view info_server,
                                          std::string_view info_replication) {
  const auto& words = role.elements();
  if (role.type() != Reply::Type::array || words.empty()) return unexpected(role);

  core::NodeReport report;
  if (words[0].text() == "master") {
    report.role = core::Role::master;
    if (words.size() >= 3) report.replicas = read_replicas(words[2]);
  } else if (words[0].text() == "slave" && words.size() >= 4) {
    report.role = core::Role::replica;
    report.master_link_up = words[3].text() == "connected";
    report.master = to_endpoint(words[1], words[2].to_integer());
  } else {
    return unexpected(role);
  }

  report.run_id = readable(info_field(info_server, "run_id"));
  report.lineage.id = info_field(info_replication, "master_replid");
  if (const auto previous = info_field(info_replication, "master_replid2"); !is_all_zeros(previous)) {
    report.lineage.previous_id = previous;
  }
  report.lineage.previous_end = to_number(info_field(info_replication, "second_repl_offset"), -1);
  report.offset = to_number(info_field(info_replication, "master_repl_offset"), 0);
  return report;
}

}  // namespace rediscovery::redis
