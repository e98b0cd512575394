// Sentinels that say what a test tells them to, for what real ones cannot be brought to say, or not fast
// enough.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
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
  // Until it is told otherwise it leads a failover.
  void lead(bool leading);
  // Until it is told otherwise it takes questions and answers nothing.
  void hang(bool hanging);
  // Takes one more question and closes the connection.
  void hang_up_once();
  // Every answer takes so long.
  void take_time(std::chrono::milliseconds delay);
  // The answer to one command.
  [[nodiscard]] TcpAction answer(const std::vector<std::string>& command) const;

 private:
  [[nodiscard]] std::string about_the_master(const std::vector<std::string>& command) const;

  mutable std::mutex mutex_;
  std::string master_ip_;
  std::uint64_t epoch_ = 0;
  bool leading_ = false;
  bool hanging_ = false;
  mutable bool hanging_up_ = false;
  std::chrono::milliseconds delay_{0};
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
  [[nodiscard]] SentinelStory& story(std::size_t index) { return *stories_.at(index); }
  [[nodiscard]] ScriptedTcp& server(std::size_t index) { return *servers_.at(index); }
  // Called before each answer, on the servers' threads.
  void on_command(std::function<void()> hook);
  // Publishes an event to whoever has subscribed at this one.
  void publish(std::size_t index, const std::string& type, const std::string& description);
  // "+switch-master" from one address to another.
  void announce(std::size_t index, const std::string& from_ip, const std::string& to_ip);
  [[nodiscard]] std::size_t subscribers(std::size_t index) const { return servers_.at(index)->subscribed(); }
  [[nodiscard]] std::size_t count() const { return servers_.size(); }

 private:
  std::mutex mutex_;
  std::function<void()> hook_ = [] {};  // guarded by mutex_
  std::vector<std::unique_ptr<SentinelStory>> stories_;
  std::vector<std::unique_ptr<ScriptedTcp>> servers_;
};

}  // namespace rediscovery::testing
