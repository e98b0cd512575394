// Sentinels that say what a test tells them to, for what real ones cannot be brought to say, or not fast
// enough.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "support/address_block.hpp"
#include "support/scripted_tcp.hpp"

namespace rediscovery::testing {

// What they all say. Thread-safe.
class SentinelStory {
 public:
  void tell(std::string master_ip, std::uint64_t epoch, std::vector<std::string> replica_ips = {});
  // The bytes of the answer to one command.
  [[nodiscard]] std::string answer(const std::vector<std::string>& command) const;

 private:
  mutable std::mutex mutex_;
  std::string master_ip_;
  std::uint64_t epoch_ = 0;
  std::vector<std::string> replica_ips_;
};

class FakeSentinels {
 public:
  FakeSentinels(AddressBlock& addresses, std::size_t count);

  [[nodiscard]] std::vector<std::string> endpoints() const;
  // All of them.
  void tell(const std::string& master_ip, std::uint64_t epoch,
            const std::vector<std::string>& replica_ips = {});
  // One of them: a Sentinel in a corner of the network.
  void tell_one(std::size_t index, const std::string& master_ip, std::uint64_t epoch,
                const std::vector<std::string>& replica_ips = {});

 private:
  std::vector<std::unique_ptr<SentinelStory>> stories_;
  std::vector<std::unique_ptr<ScriptedTcp>> servers_;
};

}  // namespace rediscovery::testing
