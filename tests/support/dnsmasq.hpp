#pragma once

#include <vector>

#include "support/server.hpp"

namespace rediscovery::testing {

/// A real dnsmasq that reads no file of the machine. The lines are its options without the dashes, e.g.
/// "address=/name.test/127.0.0.1", "srv-host=name.test,target.test,6379", "server=/consul/127.0.0.1#8600",
/// "local-ttl=5", "cache-size=0".
class Dnsmasq : public Server {
 public:
  Dnsmasq(Keeper& keeper, std::string ip, std::vector<std::string> lines, std::uint16_t port = 53);
  ~Dnsmasq() override;

  /// New lines take effect at the next restart().
  void set_lines(std::vector<std::string> lines);
  [[nodiscard]] bool ready() override;

 protected:
  [[nodiscard]] Program program() const override;

 private:
  std::vector<std::string> lines_;
};

}  // namespace rediscovery::testing
