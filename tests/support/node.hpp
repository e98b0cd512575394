#pragma once

#include <map>
#include <optional>

#include "support/redis_connection.hpp"
#include "support/server.hpp"

namespace rediscovery::testing {

/// A server that speaks the Redis protocol: Redis or Sentinel.
class RespServer : public Server {
 public:
  RespServer(Keeper& keeper, std::string name, std::string ip, std::uint16_t port,
             RedisCredentials credentials);

  /// A new, authenticated connection.
  [[nodiscard]] RedisConnection connect(std::chrono::milliseconds timeout = std::chrono::seconds(2)) const;
  /// One command on a connection of its own; throws RedisError when the server does not answer.
  RedisReply command(const std::vector<std::string>& arguments,
                     std::chrono::milliseconds timeout = std::chrono::seconds(2)) const;
  /// The same; nothing when the server does not answer.
  std::optional<RedisReply> try_command(
      const std::vector<std::string>& arguments,
      std::chrono::milliseconds timeout = std::chrono::milliseconds(200)) const;
  /// The fields of INFO <section>.
  [[nodiscard]] std::map<std::string, std::string> info(const std::string& section) const;
  [[nodiscard]] bool ready() override;
  [[nodiscard]] const RedisCredentials& credentials() const { return credentials_; }

 protected:
  /// The lines of a configuration file that say where it listens and, with TLS, with which files; its links
  /// to others speak TLS as well.
  [[nodiscard]] std::string listening() const;

 private:
  RedisCredentials credentials_;
};

struct NodeOptions {
  std::string program;                       // redis-server or one that is compatible
  RedisCredentials credentials;              // asked of clients and replicas; with TLS, the node's own, too
  std::string replica_of;                    // "ip" of the first master; empty: starts as master
  std::vector<std::string> extra_arguments;  // appended to the command line
};

/// A Redis server.
class Node : public RespServer {
 public:
  Node(Keeper& keeper, std::string name, std::string ip, NodeOptions options);

  /// "master", "slave", or empty when it does not answer.
  [[nodiscard]] std::string role() const;
  void wait_role(const std::string& role, std::chrono::milliseconds timeout = std::chrono::seconds(15)) const;
  /// REPLICAOF <ip> <port>, or NO ONE for an empty ip.
  void replicate(const std::string& master_ip, std::uint16_t master_port = 6379) const;
  /// Whether it is a replica of `master_ip` whose link is up.
  [[nodiscard]] bool linked_to(const std::string& master_ip) const;

 protected:
  [[nodiscard]] Program program() const override;

 private:
  void write_config() const;
  NodeOptions options_;
};

}  // namespace rediscovery::testing
