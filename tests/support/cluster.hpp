#pragma once

#include <memory>

#include "support/address_block.hpp"
#include "support/consul.hpp"
#include "support/node.hpp"
#include "support/sentinel.hpp"
#include "support/wait.hpp"

namespace rediscovery::testing {

struct ClusterOptions {
  std::size_t redis_nodes = 3;
  std::size_t sentinels = 3;  // 0: nobody fails over but the test itself
  bool consul = true;

  std::string master_name = "mymaster";
  int quorum = 2;  // lowered to the number of Sentinels
  /// Below 1000 ms the new master may at once be voted down again: a Sentinel whose connection was cut
  /// reconnects only once a second.
  std::chrono::milliseconds down_after{1000};
  std::chrono::milliseconds failover_timeout{5000};
  std::string client_reconfig_script;  // full path of an executable; also:
                                       // sentinel(i).set("client-reconfig-script", …)
  std::string notification_script;
  std::map<std::string, std::string>
      sentinel_environment;  // for the scripts; CONSUL_HTTP_ADDR is there already
  std::string sentinel_password;

  RedisCredentials redis_credentials;  // with a user: an ACL user, and the default user is off
  /// If there are any, Redis and Sentinel speak TLS only, with a certificate that has these names and the
  /// addresses of all of them; redis_credentials.tls is set.
  std::vector<std::string> tls_names;
  std::vector<std::string> redis_arguments;  // e.g. {"--min-replicas-to-write", "1"}
  std::string redis_program;                 // empty: REDISCOVERY_REDIS_SERVER, then redis-server on the PATH

  std::string master_service = "master";
  std::string slave_service = "slave";
  bool register_roles = true;  // the names exist in Consul when the constructor returns
  ConsulOptions consul_options;

  /// To know the addresses before the start, e.g. for a configuration file; empty: the cluster takes a block
  /// itself.
  std::shared_ptr<AddressBlock> addresses;
  std::chrono::milliseconds start_timeout = std::chrono::seconds(30);
};

/// Real Redis, Sentinel and Consul processes on a block of loopback addresses of their own:
/// Redis .1 .2 .3 (port 6379), Sentinels .11 .12 .13 (26379), Consul .21 (8500, DNS 8600), free ones from
/// .41.
///
/// The constructor returns when all is ready: replicas linked, Sentinels know each other and have a quorum,
/// Consul has a leader and DNS answers. It throws std::runtime_error with the end of the failing server's
/// log. Nothing is left behind, in whatever way the process ends. Several clusters may live in one process.
/// Thread-safe, except for construction and destruction. Indices start at 0.
class Cluster {
 public:
  explicit Cluster(ClusterOptions options = {});
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;
  ~Cluster();

  [[nodiscard]] const ClusterOptions& options() const { return options_; }
  [[nodiscard]] AddressBlock& addresses() { return *addresses_; }
  /// The parent of all servers; more servers may be put under it (see Dnsmasq).
  [[nodiscard]] Keeper& keeper() { return *keeper_; }
  /// The authority of a cluster with TLS.
  [[nodiscard]] Certificates& certificates();
  /// A temporary folder, removed with the cluster.
  [[nodiscard]] const std::filesystem::path& folder() const { return keeper_->folder(); }

  [[nodiscard]] std::size_t redis_count() const { return nodes_.size(); }
  [[nodiscard]] std::size_t sentinel_count() const { return sentinels_.size(); }
  [[nodiscard]] Node& redis(std::size_t index) { return *nodes_.at(index); }
  [[nodiscard]] Sentinel& sentinel(std::size_t index) { return *sentinels_.at(index); }
  [[nodiscard]] Consul& consul();
  /// "ip:port" of all Sentinels.
  [[nodiscard]] std::vector<std::string> sentinel_endpoints() const;
  /// "master.service.consul", "slave.service.consul".
  [[nodiscard]] std::string master_service_name() const {
    return options_.master_service + ".service.consul";
  }
  [[nodiscard]] std::string slave_service_name() const { return options_.slave_service + ".service.consul"; }

  /// The node that says it is master; nothing when none or more than one does.
  [[nodiscard]] std::optional<std::size_t> find_master();
  /// The same; throws instead.
  [[nodiscard]] std::size_t master_index();
  [[nodiscard]] Node& master() { return redis(master_index()); }
  /// Waits until a node other than `old_master` says that it is master, and returns its index.
  std::size_t wait_new_master(std::size_t old_master,
                              std::chrono::milliseconds timeout = std::chrono::seconds(20));
  /// Waits until exactly one running node is master, all other running nodes are linked to it, and all
  /// running Sentinels name it. After failover() that takes 11 s: so long Sentinel leaves a living old master
  /// alone.
  void wait_settled(std::chrono::milliseconds timeout = std::chrono::seconds(40));

  /// Sends SENTINEL FAILOVER to the first Sentinel that takes it, and returns at once.
  void start_failover();
  /// The same, and waits for the new master; returns its index.
  std::size_t failover(std::chrono::milliseconds timeout = std::chrono::seconds(20));
  /// An operator's switch without Sentinel: node `index` becomes master, the others its replicas, and the
  /// names are moved in one transaction. Nodes that do not run are left alone.
  void repoint(std::size_t index);

  /// Writes the names in one Consul transaction: master → node `index`, slave → all others; checks pass.
  void register_roles(std::size_t index);
  /// The same with these replicas only.
  void register_roles(std::size_t index, const std::vector<std::size_t>& replicas);
  /// Removes the names: DNS answers NXDOMAIN.
  void deregister_roles();
  /// Sets the checks of node `index`: "passing", "warning", "critical".
  void set_check(std::size_t index, const std::string& status);
  /// What Consul's DNS answers now; independent of the library under test.
  [[nodiscard]] DnsMessage resolve(const std::string& name, DnsType type = DnsType::a);
  /// The addresses that it answers for the master's name; none if it does not answer in time: Consul may be
  /// down, or waiting for a slow disk.
  [[nodiscard]] std::vector<std::string> named_masters();
  /// Waits until Consul's DNS answers exactly the address of node `index` for the master's name.
  void wait_master_name(std::size_t index, std::chrono::milliseconds timeout = std::chrono::seconds(10));

 private:
  void issue_certificate();
  void start_redis();
  void start_sentinels();
  void wait_for(Server& server, const std::string& what, const std::function<bool()>& done) const;

  ClusterOptions options_;
  std::shared_ptr<AddressBlock> addresses_;
  std::unique_ptr<Keeper> keeper_;
  std::optional<Certificates> certificates_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<std::unique_ptr<Sentinel>> sentinels_;
  std::unique_ptr<Consul> consul_;
};

}  // namespace rediscovery::testing
