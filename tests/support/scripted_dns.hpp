#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "support/dns_message.hpp"

namespace rediscovery::testing {

/// What ScriptedDns does with a query.
struct DnsAction {
  enum class Kind {
    answer,     // code and records as given
    truncate,   // UDP: an empty answer with TC; TCP: the full answer
    drop,       // nothing
    garbage,    // bytes that are no DNS message
    wrong_id,   // the full answer with another id
    half,       // the first half of the answer's bytes
    close_tcp,  // TCP: closes the connection; UDP: as truncate
  };
  Kind kind = Kind::answer;
  DnsCode code = DnsCode::noerror;
  std::vector<DnsRecord> answers;
  std::vector<DnsRecord> additional;
  std::chrono::milliseconds delay{0};

  static DnsAction answer(std::vector<DnsRecord> answers, std::vector<DnsRecord> additional = {});
  static DnsAction empty() { return {}; }
  static DnsAction nxdomain() { return error(DnsCode::nxdomain); }
  static DnsAction servfail() { return error(DnsCode::servfail); }
  static DnsAction refused() { return error(DnsCode::refused); }
  static DnsAction error(DnsCode code);
  static DnsAction drop();
  static DnsAction truncated(std::vector<DnsRecord> answers);
  [[nodiscard]] DnsAction as(Kind new_kind) const;
  [[nodiscard]] DnsAction after(std::chrono::milliseconds new_delay) const;
};

/// A DNS server on UDP and TCP, in a thread of the test, for answers that real servers do not give on demand.
/// Thread-safe. Names are compared without case. What is not scripted is NXDOMAIN.
class ScriptedDns {
 public:
  using Handler = std::function<DnsAction(const DnsQuestion&)>;

  /// Port 0: any free one.
  explicit ScriptedDns(const std::string& ip, std::uint16_t port = 0);
  ScriptedDns(const ScriptedDns&) = delete;
  ScriptedDns& operator=(const ScriptedDns&) = delete;
  ~ScriptedDns();

  [[nodiscard]] const std::string& ip() const;
  [[nodiscard]] std::uint16_t port() const;
  /// "ip:port"
  [[nodiscard]] std::string endpoint() const;

  void set(const std::string& name, DnsType type, DnsAction action);
  /// A records with these addresses; AAAA and SRV become empty answers.
  void set_addresses(const std::string& name, const std::vector<std::string>& addresses,
                     std::uint32_t ttl = 0);
  /// Asked first for every query; runs on the server's thread. An empty function removes it.
  void set_handler(Handler handler);

  [[nodiscard]] std::size_t queries() const;
  [[nodiscard]] std::size_t queries(DnsType type) const;
  [[nodiscard]] std::size_t queries(const std::string& name, DnsType type) const;
  [[nodiscard]] std::size_t tcp_queries() const;
  void reset_counts();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rediscovery::testing
