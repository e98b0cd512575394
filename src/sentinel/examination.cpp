#include "sentinel/examination.hpp"

#include <algorithm>

#include "redis/node_report.hpp"
#include "redis/shown_error.hpp"
#include "sentinel/listing.hpp"
#include "sentinel/questions.hpp"
#include "sentinel/row.hpp"

namespace rediscovery::sentinel {
namespace {

std::optional<std::vector<Peer>> read_peers(const Reply& reply) {
  if (reply.type() != Reply::Type::array) return std::nullopt;
  std::vector<Peer> peers;
  for (const auto& element : reply.elements()) {
    const auto row = Row::parse(element);
    if (!row) continue;
    const std::string ip(row->text("ip"));
    const std::string port(row->text("port"));
    const auto numeric =
        core::parse_endpoint(ip.find(':') == std::string::npos ? ip + ":" + port : "[" + ip + "]:" + port);
    peers.push_back({numeric ? numeric->to_string() : ip + ":" + port,
                     row->has_flag("s_down") || row->has_flag("disconnected"), row->run_id()});
  }
  std::sort(peers.begin(), peers.end(), [](const Peer& a, const Peer& b) { return a.address < b.address; });
  return peers;
}

// Each row is a list of names and values like others, but the value of "argv" is a list.
std::vector<PendingScript> read_pending(const Reply& reply) {
  std::vector<PendingScript> scripts;
  for (const auto& row : reply.elements()) {
    PendingScript script;
    const auto& fields = row.elements();
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
      const auto name = fields[i].text();
      const Reply& value = fields[i + 1];
      if (name == "argv" && !value.elements().empty()) script.path = value.elements()[0].text();
      if (name == "flags") script.running = value.text() == "running";
      if (name == "retry-num") {
        script.retries =
            static_cast<std::uint64_t>(std::max<std::int64_t>(value.to_integer().value_or(0), 0));
      }
    }
    if (!script.path.empty()) scripts.push_back(std::move(script));
  }
  return scripts;
}

std::optional<bool> read_announces_hostnames(const Reply& reply) {
  const auto row = Row::parse(reply);
  const auto value = row ? row->text("announce-hostnames") : std::string_view();
  if (value.empty()) return std::nullopt;
  return value == "yes";
}

}  // namespace

std::vector<Command> examination_questions(const std::string& master, const Credentials& credentials) {
  auto commands = questions(master, credentials);
  for (auto& question : listing_questions(master)) commands.push_back(std::move(question));
  commands.push_back(Command{"SENTINEL", "CKQUORUM", master});
  commands.push_back(Command{"SENTINEL", "PENDING-SCRIPTS"});
  commands.push_back(Command{"SENTINEL", "CONFIG", "GET", "announce-hostnames"});
  commands.push_back(Command{"INFO"});
  return commands;
}

ExaminationResult read_examination(const core::Endpoint& sentinel, const std::vector<Reply>& answers,
                                   const std::string& master, const Credentials& credentials,
                                   const AddressOf& address_of) {
  ExaminationResult result;
  auto& [examination, retry] = result;
  examination.observation.sentinel = sentinel;
  if (answers.size() != examination_questions(master, credentials).size()) {
    examination.observation.reading = Reading::unusable;
    examination.observation.problem = "the number of answers is wrong";
    return result;
  }
  const auto daily = static_cast<std::ptrdiff_t>(questions(master, credentials).size());
  const std::vector<Reply> first(answers.begin(), answers.begin() + daily);
  auto meaning = interpret(first, master, credentials, address_of);
  retry = meaning.retry;
  examination.observation.reading = meaning.reading;
  examination.observation.problem = std::move(meaning.problem);
  examination.observation.view = std::move(meaning.view);

  if (const auto row = Row::parse(first.back())) {
    examination.client_reconfig_script = row->text("client-reconfig-script");
    examination.notification_script = row->text("notification-script");
  }
  const Reply* more = answers.data() + daily;
  examination.peers = read_peers(more[0]);
  examination.observation.listing = read_listing(more[0], more[1], address_of);
  more += listing_questions(master).size();
  if (more[0].is_error() && more[0].text().starts_with("NOQUORUM")) {
    examination.quorum_problem = redis::shown_error(more[0].text(), credentials.password);
  }
  examination.pending = read_pending(more[1]);
  examination.announces_hostnames = read_announces_hostnames(more[2]);
  if (more[3].type() == Reply::Type::string) {
    // Valkey names the Redis version that it is compatible with, too.
    const auto valkey = redis::info_field(more[3].text(), "valkey_version");
    const auto version = redis::info_field(more[3].text(), "redis_version");
    examination.version = valkey.empty() ? std::string(version) : "Valkey " + std::string(valkey);
    const Reply process = Reply::string(std::string(redis::info_field(more[3].text(), "process_id")));
    examination.process_id = static_cast<std::uint64_t>(process.to_integer().value_or(0));
    examination.tilt = redis::info_field(more[3].text(), "sentinel_tilt") == "1";
  }
  return result;
}

}  // namespace rediscovery::sentinel
