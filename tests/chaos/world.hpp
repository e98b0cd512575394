// All that is there to be disturbed: Redis, Sentinels, three Consuls, two updaters, the DNS servers that
// clients ask; and the writers.
//
// No Redis keeps anything on disk, as the cluster of tests/support is set up. A master that comes back empty
// before Sentinel has put another one in its place would empty its replicas, too, which is Redis' known
// hazard and nobody's finding: so a killed master is started again only after its failover.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "chaos/dns_relay.hpp"
#include "chaos/journal.hpp"
#include "support/child_process.hpp"
#include "support/cluster.hpp"
#include "support/consul_servers.hpp"

namespace rediscovery::chaos {

// A program that can be killed, stopped and started again, by one thread at a time.
class Program {
 public:
  Program(testing::Keeper& keeper, std::string what, std::vector<std::string> command);
  void start();
  void kill();
  [[nodiscard]] testing::ChildProcess& process() { return *process_; }
  [[nodiscard]] const std::string& name() const { return what_; }
  // Of the latest process; from any thread.
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  testing::Keeper& keeper_;
  std::string what_;
  std::vector<std::string> command_;
  std::unique_ptr<testing::ChildProcess> process_;
  std::atomic<pid_t> pid_{0};
};

struct Writer {
  std::string name;
  bool one_loop = false;
  bool knows_replicas = false;
  unsigned threads = 1;
  std::filesystem::path journal;
  std::unique_ptr<Program> program;
};

class World {
 public:
  // Returns when all is there and the names are in Consul; the writers are not yet started.
  explicit World(int rate);
  ~World();

  [[nodiscard]] testing::Cluster& cluster() { return cluster_; }
  [[nodiscard]] testing::ConsulServers& consuls() { return *consuls_; }
  [[nodiscard]] std::vector<std::unique_ptr<Program>>& updaters() { return updaters_; }
  [[nodiscard]] std::vector<std::unique_ptr<DnsRelay>>& relays() { return relays_; }
  [[nodiscard]] std::vector<Writer>& writers() { return writers_; }

  // The network of all servers; clients are outside of it.
  [[nodiscard]] std::string servers();

  // One master, and all other nodes linked to it: a fault would find a complete set of copies.
  [[nodiscard]] bool complete();
  // What each of a writer's threads has last had acknowledged; 0: nothing yet, or nothing lately.
  [[nodiscard]] static std::vector<Micros> last_acknowledged(const Writer& writer);
  // All threads of all writers have had something acknowledged that was sent after this.
  [[nodiscard]] bool all_write_since(Micros since) const;

 private:
  void start_updaters();
  void prepare_writers(int rate);

  testing::Cluster cluster_;
  std::unique_ptr<testing::ConsulServers> consuls_;
  std::vector<std::unique_ptr<DnsRelay>> relays_;
  std::vector<std::unique_ptr<Program>> updaters_;
  std::vector<Writer> writers_;
};

}  // namespace rediscovery::chaos
