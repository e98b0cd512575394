// The DNS server that clients ask: passes questions on to a Consul, or spoils the answers.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "chaos/schedule.hpp"
#include "support/consul.hpp"
#include "support/scripted_dns.hpp"

namespace rediscovery::chaos {

class DnsRelay {
 public:
  DnsRelay(const std::string& ip, testing::Consul& consul);

  [[nodiscard]] std::string endpoint() const { return server_.endpoint(); }
  // Until heal(). One of the lane `dns`.
  void spoil(FaultKind kind);
  void heal();

 private:
  testing::DnsAction answer(const testing::DnsQuestion& question);
  testing::DnsAction ask_consul(const testing::DnsQuestion& question);

  testing::Consul& consul_;
  std::mutex mutex_;
  bool spoiled_ = false;  // guarded by mutex_, like what follows
  FaultKind kind_{};
  std::map<std::string, testing::DnsAction> last_;  // the latest answer to each question
  testing::ScriptedDns server_;                     // last: its thread uses the others
};

}  // namespace rediscovery::chaos
