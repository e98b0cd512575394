#pragma once

#include "support/node.hpp"

namespace rediscovery::testing {

/// What every Sentinel of a cluster is told at its first start.
struct SentinelOptions {
  std::string program;  // redis-server or one that is compatible; it is run with --sentinel
  std::string master_name;
  std::string master_ip;
  int quorum = 2;
  std::chrono::milliseconds down_after{1000};
  std::chrono::milliseconds failover_timeout{5000};
  std::string client_reconfig_script;
  std::string notification_script;
  RedisCredentials redis_credentials;              // to log in at the Redis nodes; TLS is its own as well
  std::string password;                            // asked of the Sentinel's own clients; empty: none
  std::vector<std::string> replica_ips;            // known from the start, as after a restart
  std::map<std::string, std::string> environment;  // the scripts inherit it
  std::string run_id;                              // 40 hexadecimal digits; empty: made of its address
};

/// A Redis Sentinel.
class Sentinel : public RespServer {
 public:
  static constexpr std::uint16_t kPort = 26379;

  Sentinel(Keeper& keeper, std::string name, std::string ip, SentinelOptions options);

  /// "ip:port" from SENTINEL get-master-addr-by-name; empty when it does not answer or does not know.
  [[nodiscard]] std::string master_endpoint() const;
  /// What it is told to be; SENTINEL MYID.
  [[nodiscard]] std::string run_id() const;
  /// SENTINEL MASTER, SENTINEL REPLICAS, SENTINEL SENTINELS as the server sends them.
  [[nodiscard]] RedisReply master() const;
  [[nodiscard]] RedisReply replicas() const;
  [[nodiscard]] RedisReply sentinels() const;
  /// SENTINEL SET <master> <option> <value>; throws when it is refused. Scripts may be set too.
  void set(const std::string& option, const std::string& value) const;
  /// Tells it about another one, with the message that Sentinels send each other every two seconds.
  void introduce(const Sentinel& other) const;
  /// Whether it is connected to `replicas` replicas with a good link and `sentinels` others, and has a
  /// quorum.
  [[nodiscard]] bool settled(std::size_t replicas, std::size_t sentinels) const;

 protected:
  [[nodiscard]] Program program() const override;

 private:
  void write_config() const;
  SentinelOptions options_;
};

}  // namespace rediscovery::testing
