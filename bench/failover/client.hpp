// The clients that go through a failover together. Each writes numbered keys from its construction on.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/cluster.hpp"
#include "write.hpp"

namespace rediscovery::bench {

class Client {
 public:
  explicit Client(std::string name) : name_(std::move(name)) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  virtual ~Client() = default;

  [[nodiscard]] const std::string& name() const { return name_; }
  // So far, in their order.
  [[nodiscard]] virtual std::vector<Write> writes() = 0;
  // Ends the writing; a write that does not end soon is in doubt.
  virtual void stop() = 0;

 private:
  std::string name_;
};

struct ClientSettings {
  int rate = 500;
  std::string peers;  // folder with node_modules
};

// In this process. The plain client knows the name and nothing else: it keeps a blocking connection, and
// resolves the name when that fails, or when its server says that it takes no writes.
std::unique_ptr<Client> make_pool_client(testing::Cluster& cluster, const ClientSettings& settings);
std::unique_ptr<Client> make_async_client(testing::Cluster& cluster, const ClientSettings& settings);
std::unique_ptr<Client> make_plain_client(testing::Cluster& cluster, const ClientSettings& settings);
// Processes under the cluster's keeper.
std::unique_ptr<Client> make_redis_py_client(testing::Cluster& cluster, const ClientSettings& settings);
std::unique_ptr<Client> make_ioredis_client(testing::Cluster& cluster, const ClientSettings& settings);

// Why a peer cannot take part on this machine; empty if it can.
[[nodiscard]] std::string redis_py_missing();
[[nodiscard]] std::string ioredis_missing(const std::string& peers);

}  // namespace rediscovery::bench
