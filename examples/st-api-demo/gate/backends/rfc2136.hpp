// A DNS server of one's own that takes updates (RFC 2136): BIND, Knot, PowerDNS.
#pragma once

#include "backends/backend.hpp"
#include "backends/dns_message.hpp"

namespace st_gate {

struct Rfc2136Settings {
  DnsServer server;
  std::string zone;  // "example.test."
  std::string name;  // "st-api.example.test."
  long ttl = 5;
  std::string owner = "st-api-gate";
  std::optional<TsigKey> key;
};

// Beside each address stands a TXT record that says whose it is, at "_st-api-gate.<name>". Every update
// requires that the three sets, A, AAAA and TXT, are exactly those that were read: who comes second changes
// nothing and reads again. One message is all or nothing.
class Rfc2136 : public Backend {
 public:
  explicit Rfc2136(Rfc2136Settings settings) : settings_(std::move(settings)) {}

  [[nodiscard]] std::string name() const override;
  [[nodiscard]] Published read() override;
  [[nodiscard]] Written write(const Published& seen, const std::vector<Change>& changes) override;

 private:
  [[nodiscard]] std::vector<DnsRecord> ask(const std::string& name, ldns_rr_type type) const;
  [[nodiscard]] std::string mark_name() const { return "_st-api-gate." + settings_.name; }
  [[nodiscard]] std::string mark_of(const std::string& address) const;

  Rfc2136Settings settings_;
};

}  // namespace st_gate
