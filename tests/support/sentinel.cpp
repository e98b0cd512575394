#include "support/sentinel.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace rediscovery::testing {
namespace {

// A Sentinel's id is 40 hexadecimal digits; deriving it from the address lets the others know it before they
// meet.
std::string sentinel_id(const std::string& ip) {
  std::string id;
  for (const char c : ip) {
    constexpr const char* kDigits = "0123456789abcdef";
    id += kDigits[static_cast<unsigned char>(c) >> 4];
    id += kDigits[static_cast<unsigned char>(c) & 15];
  }
  id.resize(40, '0');
  return id;
}

bool has_flag(const RedisReply& instance, const std::string& flag) {
  return ("," + instance.field("flags") + ",").find("," + flag + ",") != std::string::npos;
}

bool reachable(const RedisReply& instance) {
  return !has_flag(instance, "disconnected") && !has_flag(instance, "s_down");
}

}  // namespace

Sentinel::Sentinel(Keeper& keeper, std::string name, std::string ip, SentinelOptions options)
    : RespServer(keeper, std::move(name), std::move(ip), kPort,
                 {"", options.password, options.redis_credentials.tls}),
      options_(std::move(options)) {
  write_config();
}

void Sentinel::write_config() const {
  std::filesystem::create_directories(folder() / name());
  std::ofstream config(folder() / (name() + ".conf"));
  const std::string& master = options_.master_name;
  config << listening() << "protected-mode no\ndaemonize no\ndir " << (folder() / name()).string()
         << "\nsentinel announce-ip " << ip() << "\nsentinel deny-scripts-reconfig no\n";
  if (!options_.password.empty()) {
    config << "requirepass " << options_.password << "\nsentinel sentinel-pass " << options_.password << "\n";
  }
  config << "sentinel myid " << run_id() << "\nsentinel monitor " << master << " " << options_.master_ip
         << " 6379 " << options_.quorum << "\nsentinel down-after-milliseconds " << master << " "
         << options_.down_after.count() << "\nsentinel failover-timeout " << master << " "
         << options_.failover_timeout.count() << "\n";
  const auto& user = options_.redis_credentials.user;
  const auto& password = options_.redis_credentials.password;
  if (!user.empty()) config << "sentinel auth-user " << master << " " << user << "\n";
  if (!password.empty()) config << "sentinel auth-pass " << master << " " << password << "\n";
  if (!options_.client_reconfig_script.empty()) {
    config << "sentinel client-reconfig-script " << master << " " << options_.client_reconfig_script << "\n";
  }
  if (!options_.notification_script.empty()) {
    config << "sentinel notification-script " << master << " " << options_.notification_script << "\n";
  }
  for (const auto& replica : options_.replica_ips) {
    config << "sentinel known-replica " << master << " " << replica << " 6379\n";
  }
  if (!config.flush()) throw std::runtime_error("cannot write the configuration of " + name());
}

Program Sentinel::program() const {
  Program what;
  what.arguments = {options_.program, (folder() / (name() + ".conf")).string(), "--sentinel"};
  what.environment = options_.environment;
  return what;
}

std::string Sentinel::master_endpoint() const {
  const auto reply = try_command({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", options_.master_name});
  if (!reply || reply->elements.size() != 2) return {};
  return reply->elements[0].text + ":" + reply->elements[1].text;
}

RedisReply Sentinel::master() const { return command({"SENTINEL", "MASTER", options_.master_name}); }

RedisReply Sentinel::replicas() const { return command({"SENTINEL", "REPLICAS", options_.master_name}); }

RedisReply Sentinel::sentinels() const { return command({"SENTINEL", "SENTINELS", options_.master_name}); }

void Sentinel::set(const std::string& option, const std::string& value) const {
  const RedisReply reply = command({"SENTINEL", "SET", options_.master_name, option, value});
  if (reply.is_error()) throw RedisError(endpoint() + ": SENTINEL SET " + option + ": " + reply.text);
}

std::string Sentinel::run_id() const { return options_.run_id.empty() ? sentinel_id(ip()) : options_.run_id; }

// Known from their configuration they would meet a second later: whoever starts first finds the others' ports
// closed and waits that long before it tries again.
void Sentinel::introduce(const Sentinel& other) const {
  const std::string hello = other.ip() + "," + std::to_string(other.port()) + "," + other.run_id() + ",0," +
                            options_.master_name + "," + options_.master_ip + ",6379,0";
  const RedisReply reply = command({"PUBLISH", "__sentinel__:hello", hello});
  if (reply.is_error()) throw RedisError(endpoint() + ": PUBLISH of a hello: " + reply.text);
}

bool Sentinel::settled(std::size_t replica_count, std::size_t sentinel_count) const {
  try {
    const RedisReply known_master = master();
    if (known_master.is_error() || !reachable(known_master)) return false;
    const auto good_replicas = [&] {
      const RedisReply known = replicas();
      return static_cast<std::size_t>(
          std::count_if(known.elements.begin(), known.elements.end(), [](const RedisReply& replica) {
            return reachable(replica) && replica.field("master-link-status") == "ok";
          }));
    };
    const auto good_sentinels = [&] {
      const RedisReply known = sentinels();
      return static_cast<std::size_t>(std::count_if(known.elements.begin(), known.elements.end(), reachable));
    };
    return good_replicas() >= replica_count && good_sentinels() >= sentinel_count &&
           !command({"SENTINEL", "CKQUORUM", options_.master_name}).is_error();
  } catch (const RedisError&) {
    return false;
  }
}

}  // namespace rediscovery::testing
