// DNS messages as ldns has them, and their exchange with one server. Nothing of the gate's own rules.
#pragma once

// First: without it ldns would define bool, true and false as macros.
#include <stdbool.h>  // NOLINT(modernize-deprecated-headers)

#include <ldns/ldns.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace st_gate {

struct PacketDeleter {
  void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
};
using Packet = std::unique_ptr<ldns_pkt, PacketDeleter>;

struct TsigKey {
  std::string name;       // "gate.example.test."
  std::string algorithm;  // "hmac-sha256"
  std::string secret;     // base64
};

struct DnsServer {
  std::string address;  // numeric
  std::uint16_t port = 53;
  std::chrono::milliseconds timeout{2'000};  // for each step
};

// The resource records of a type in the answer section, as text: "192.0.2.1", or a TXT's content.
struct DnsRecord {
  std::string value;
  long ttl = 0;
};
[[nodiscard]] std::vector<DnsRecord> answers_of(const ldns_pkt& packet, ldns_rr_type type);

[[nodiscard]] Packet make_query(const std::string& name, ldns_rr_type type);

// An RFC 2136 update of one zone. Throws BackendError for a name or value that cannot be in DNS.
class UpdateMessage {
 public:
  explicit UpdateMessage(const std::string& zone);
  // The set of `type` at `name` is exactly this one; if it is empty: there is none.
  void require(const std::string& name, ldns_rr_type type, const std::vector<DnsRecord>& exactly);
  void add(const std::string& name, ldns_rr_type type, const DnsRecord& record);
  void remove(const std::string& name, ldns_rr_type type, const std::string& value);
  // One time signed or not, it is used up.
  [[nodiscard]] Packet take() { return std::move(packet_); }

 private:
  Packet packet_;
};

struct Exchange {
  Packet answer;
  std::string problem;     // why there is none, or none that can be believed
  std::string tsig_error;  // "BADTIME": what the server says of our signature
};
// Over TCP: an answer of any size, and no answer by somebody else. With a key, the request is signed, and the
// answer must be.
[[nodiscard]] Exchange exchange(const DnsServer& server, Packet request, const std::optional<TsigKey>& key);

}  // namespace st_gate
