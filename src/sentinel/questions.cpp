#include "sentinel/questions.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "core/redact.hpp"
#include "redis/shown_error.hpp"

namespace rediscovery::sentinel {
namespace {

Interpretation failed(Reading reading, std::string problem) {
  return {reading, false, std::move(problem), {}};
}

bool starts_with(const Reply& reply, std::string_view prefix) {
  return reply.is_error() && reply.text().starts_with(prefix);
}

Interpretation explain_error(const Reply& reply, const std::string& password) {
  const auto text = reply.text();
  const std::string shown = redis::shown_error(text, password);
  if (text.starts_with("NOAUTH") || text.starts_with("WRONGPASS") || text.starts_with("NOPERM") ||
      text.find("invalid password") != std::string_view::npos) {
    return failed(Reading::refused,
                  shown + "; see sentinels.user and sentinels.password in the configuration");
  }
  if (text.find("No such master") != std::string_view::npos) {
    return failed(Reading::unknown_master, "it monitors no master of this name");
  }
  return failed(Reading::unusable, shown);
}

Interpretation bad_address(std::string_view address, const std::string& password) {
  if (address.empty()) return failed(Reading::unusable, "it names no address for the master");
  const std::string shown_address = core::excerpt(core::redact(std::string(address), password));
  const std::string master = "the master's address \"" + shown_address + "\"";
  if (!is_host_name(address))
    return failed(Reading::unusable, master + " is neither numeric nor a host name");
  return failed(Reading::unusable,
                master +
                    " cannot be resolved here; see sentinels.dns_servers in the configuration, or set "
                    "\"sentinel announce-hostnames no\"");
}

// Of the process at `address`. On the Sentinel that leads a failover the master's row is the old master's
// until the end, and the promoted process still stands among the replicas.
std::string master_run_id(const Row& master, const Reply& replicas, const core::Endpoint& address,
                          const AddressOf& address_of) {
  if (endpoint_of(master.text("ip"), master.text("port"), address_of) == address) return master.run_id();
  for (const auto& element : replicas.elements()) {
    const auto row = Row::parse(element);
    if (row && endpoint_of(row->text("ip"), row->text("port"), address_of) == address) return row->run_id();
  }
  return {};
}

std::uint32_t small(std::optional<std::uint64_t> number, std::uint32_t fallback) {
  if (!number || *number > std::numeric_limits<std::uint32_t>::max()) return fallback;
  return static_cast<std::uint32_t>(*number);
}

// Replicas whose address cannot be registered are left out: they must not keep the master from being known.
std::vector<ReplicaView> replicas_in(const Reply& list, const core::Endpoint& master, bool in_progress,
                                     const AddressOf& address_of) {
  std::vector<ReplicaView> replicas;
  for (const auto& element : list.elements()) {
    const auto row = Row::parse(element);
    if (!row) continue;
    const auto endpoint = endpoint_of(row->text("ip"), row->text("port"), address_of);
    if (!endpoint || *endpoint == master) continue;
    replicas.push_back({*endpoint, classify_replica(*row, master, in_progress, address_of), row->run_id()});
  }
  const auto by_endpoint = [](const ReplicaView& a, const ReplicaView& b) { return a.endpoint < b.endpoint; };
  const auto same = [](const ReplicaView& a, const ReplicaView& b) { return a.endpoint == b.endpoint; };
  std::sort(replicas.begin(), replicas.end(), by_endpoint);
  replicas.erase(std::unique(replicas.begin(), replicas.end(), same), replicas.end());
  return replicas;
}

std::vector<std::string> unresolved_in(const Reply& list, const AddressOf& address_of) {
  std::vector<std::string> names;
  for (const auto& element : list.elements()) {
    const auto row = Row::parse(element);
    if (!row) continue;
    const auto host = row->text("ip");
    if (is_host_name(host) && !address_of(host)) names.emplace_back(host);
  }
  return names;
}

}  // namespace

std::vector<Command> questions(const std::string& master, const Credentials& credentials) {
  std::vector<Command> commands;
  if (!credentials.password.empty()) {
    if (credentials.user.empty()) {
      commands.push_back(Command{"AUTH", credentials.password});
    } else {
      commands.push_back(Command{"AUTH", credentials.user, credentials.password});
    }
  }
  commands.push_back(Command{"SENTINEL", "MASTER", master});
  commands.push_back(Command{"SENTINEL", "GET-MASTER-ADDR-BY-NAME", master});
  commands.push_back(Command{"SENTINEL", "REPLICAS", master});
  commands.push_back(Command{"SENTINEL", "MASTER", master});
  return commands;
}

ReplicaState classify_replica(const Row& row, const core::Endpoint& master, bool failover_in_progress,
                              const AddressOf& address_of) {
  if (row.has_flag("s_down") || row.has_flag("o_down")) return ReplicaState::down;
  // Absent before Redis 6.2, where every replica counts as announced.
  if (row.text("replica-announced") == "0") return ReplicaState::down;
  // Sentinel's own link breaks for a moment whenever it reconfigures a replica; one that stays away becomes
  // s_down.
  if (row.has_flag("disconnected") || row.number("info-refresh").value_or(0) == 0)
    return ReplicaState::unknown;
  if (row.text("role-reported") != "slave") return ReplicaState::down;
  const auto follows = endpoint_of(row.text("master-host"), row.text("master-port"), address_of);
  if (follows == master && row.text("master-link-status") == "ok") return ReplicaState::healthy;
  return failover_in_progress ? ReplicaState::unknown : ReplicaState::lagging;
}

Interpretation interpret(const std::vector<Reply>& answers, const std::string& master,
                         const Credentials& credentials, const AddressOf& address_of) {
  const std::size_t first = credentials.password.empty() ? 0 : 1;
  if (answers.size() != questions(master, credentials).size()) {
    return failed(Reading::unusable, "the number of answers is wrong");
  }
  for (const auto& answer : answers) {
    // A Sentinel without a password says so; the answers behind it are still good.
    if (&answer == &answers.front() && first == 1 && starts_with(answer, "ERR") &&
        answer.text().find("without any password configured") != std::string_view::npos) {
      continue;
    }
    if (answer.is_error()) return explain_error(answer, credentials.password);
  }

  const auto before = Row::parse(answers[first]);
  const auto after = Row::parse(answers[first + 3]);
  const Reply& address = answers[first + 1];
  const Reply& replicas = answers[first + 2];
  if (address.is_nil()) return failed(Reading::unknown_master, "it monitors no master of this name");
  if (!before || !after || address.type() != Reply::Type::array || address.elements().size() != 2 ||
      replicas.type() != Reply::Type::array) {
    return failed(Reading::unusable, "its answers do not have the form of a Sentinel's");
  }
  const auto epoch = before->number("config-epoch");
  if (!epoch || !after->number("config-epoch")) {
    return failed(Reading::unusable, "SENTINEL MASTER has no config-epoch");
  }
  if (epoch != after->number("config-epoch")) {
    Interpretation again = failed(Reading::unusable, "the config-epoch changed while it was read");
    again.retry = true;
    return again;
  }
  const auto endpoint = endpoint_of(address.elements()[0].text(), address.elements()[1].text(), address_of);
  if (!endpoint) return bad_address(address.elements()[0].text(), credentials.password);

  MasterView view;
  view.address = *endpoint;
  view.epoch = *epoch;
  view.quorum = std::max(1U, small(after->number("quorum"), 1));
  view.other_sentinels = small(after->number("num-other-sentinels"), 0);
  view.replicas = replicas_in(replicas, *endpoint, after->has_flag("failover_in_progress"), address_of);
  view.unresolved = unresolved_in(replicas, address_of);
  view.run_id = master_run_id(*after, replicas, *endpoint, address_of);
  view.failing_over = before->has_flag("failover_in_progress") || after->has_flag("failover_in_progress");
  view.failover_timeout = std::chrono::milliseconds(
      small(after->number("failover-timeout"), static_cast<std::uint32_t>(view.failover_timeout.count())));
  return {Reading::ok, false, {}, std::move(view)};
}

// Rows are lists within a list, or stand alone; the address is a list of two texts.
std::vector<std::string> names_in(const std::vector<Reply>& answers) {
  std::set<std::string> names;
  const auto add = [&names](std::string_view text) {
    if (is_host_name(text)) names.emplace(text);
  };
  const auto add_row = [&add](const Reply& reply) {
    const auto row = Row::parse(reply);
    if (!row) return;
    add(row->text("ip"));
    add(row->text("master-host"));
  };
  for (const auto& answer : answers) {
    if (answer.type() != Reply::Type::array) continue;
    add_row(answer);
    for (const auto& element : answer.elements()) add_row(element);
    if (answer.elements().size() == 2) add(answer.elements()[0].text());
  }
  return {names.begin(), names.end()};
}

}  // namespace rediscovery::sentinel
