// st-api as a server under a cluster's keeper.
#pragma once

#include <string>
#include <vector>

#include "support/cluster.hpp"

namespace rediscovery::testing {

class StApiProcess : public Server {
 public:
  static constexpr std::uint16_t kPort = 8080;
  static constexpr const char* kSecret = "the secret of the tests";

  // Not started; `extra` is appended to its arguments.
  explicit StApiProcess(Cluster& cluster, const std::vector<std::string>& extra = {})
      : StApiProcess(cluster, cluster.addresses().next_free_ip(), extra) {}

  // GET /status says that Redis can be written.
  [[nodiscard]] bool ready() override;
  // Waits for its end; the exit code, or -1 for a signal.
  int wait_exit();

 protected:
  [[nodiscard]] Program program() const override;

 private:
  StApiProcess(Cluster& cluster, const std::string& ip, const std::vector<std::string>& extra);
  std::vector<std::string> arguments_;
};

}  // namespace rediscovery::testing
