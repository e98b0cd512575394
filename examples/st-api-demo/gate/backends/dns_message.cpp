#include "dns_message.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

#include "backends/backend.hpp"
#include "net/address.hpp"

namespace st_gate {
namespace {

struct BufferDeleter {
  void operator()(ldns_buffer* buffer) const { ldns_buffer_free(buffer); }
};
struct WireDeleter {
  void operator()(std::uint8_t* bytes) const { LDNS_FREE(bytes); }
};
struct DataDeleter {
  void operator()(ldns_rdf* data) const { ldns_rdf_deep_free(data); }
};

ldns_rdf* dname(const std::string& name) {
  ldns_rdf* data = ldns_dname_new_frm_str(name.c_str());
  if (data == nullptr) throw BackendError("\"" + name + "\" is not a DNS name");
  return data;
}

std::string text_of(const ldns_rdf* data) {
  if (data == nullptr) return {};
  const std::unique_ptr<char, decltype(&std::free)> text(ldns_rdf2str(data), std::free);
  return text ? text.get() : "";
}

ldns_rr* make_rr(const std::string& name, ldns_rr_type type, ldns_rr_class rr_class, long ttl,
                 const std::string* value) {
  ldns_rr* rr = ldns_rr_new();
  ldns_rr_set_owner(rr, dname(name));
  ldns_rr_set_type(rr, type);
  ldns_rr_set_class(rr, rr_class);
  ldns_rr_set_ttl(rr, static_cast<std::uint32_t>(ttl));
  if (value == nullptr) return rr;
  const ldns_rdf_type kind = type == LDNS_RR_TYPE_A      ? LDNS_RDF_TYPE_A
                             : type == LDNS_RR_TYPE_AAAA ? LDNS_RDF_TYPE_AAAA
                                                         : LDNS_RDF_TYPE_STR;
  ldns_rdf* data = ldns_rdf_new_frm_str(kind, value->c_str());
  if (data == nullptr) {
    ldns_rr_free(rr);
    throw BackendError("\"" + *value + "\" cannot be in a DNS record");
  }
  ldns_rr_push_rdf(rr, data);
  return rr;
}

sockaddr_storage socket_address(const DnsServer& server, socklen_t& size) {
  sockaddr_storage address{};
  if (is_ipv6(server.address)) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(server.port);
    inet_pton(AF_INET6, server.address.c_str(), &v6.sin6_addr);
    size = sizeof v6;
  } else {
    auto& v4 = reinterpret_cast<sockaddr_in&>(address);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(server.port);
    inet_pton(AF_INET, server.address.c_str(), &v4.sin_addr);
    size = sizeof v4;
  }
  return address;
}

// RFC 8945 §3
const char* tsig_error_name(unsigned code) {
  switch (code) {
    case 16:
      return "BADSIG";
    case 17:
      return "BADKEY";
    case 18:
      return "BADTIME";
    case 22:
      return "BADTRUNC";
    default:
      return "";
  }
}

std::string read_tsig_error(const ldns_pkt* packet) {
  const ldns_rr* tsig = ldns_pkt_tsig(packet);
  constexpr std::size_t kErrorField = 5;
  if (tsig == nullptr || ldns_rr_rd_count(tsig) <= kErrorField) return {};
  return tsig_error_name(ldns_rdf2native_int16(ldns_rr_rdf(tsig, kErrorField)));
}

}  // namespace

std::vector<DnsRecord> answers_of(const ldns_pkt& packet, ldns_rr_type type) {
  std::vector<DnsRecord> records;
  const ldns_rr_list* answers = ldns_pkt_answer(&packet);
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(answers); ++i) {
    const ldns_rr* rr = ldns_rr_list_rr(answers, i);
    if (ldns_rr_get_type(rr) != type) continue;
    std::string value = text_of(ldns_rr_rdf(rr, 0));
    if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
    records.push_back({value, static_cast<long>(ldns_rr_ttl(rr))});
  }
  return records;
}

Packet make_query(const std::string& name, ldns_rr_type type) {
  Packet packet(ldns_pkt_query_new(dname(name), type, LDNS_RR_CLASS_IN, 0));
  ldns_pkt_set_random_id(packet.get());
  return packet;
}

UpdateMessage::UpdateMessage(const std::string& zone) : packet_(ldns_pkt_new()) {
  ldns_pkt_set_random_id(packet_.get());
  ldns_pkt_set_opcode(packet_.get(), LDNS_PACKET_UPDATE);
  ldns_rr* rr = make_rr(zone, LDNS_RR_TYPE_SOA, LDNS_RR_CLASS_IN, 0, nullptr);
  ldns_rr_set_question(rr, true);
  ldns_pkt_push_rr(packet_.get(), LDNS_SECTION_QUESTION, rr);
}

void UpdateMessage::require(const std::string& name, ldns_rr_type type,
                            const std::vector<DnsRecord>& exactly) {
  // RFC 2136 §2.4.2 and §2.4.3
  for (const auto& record : exactly)
    ldns_pkt_push_rr(packet_.get(), LDNS_SECTION_ANSWER,
                     make_rr(name, type, LDNS_RR_CLASS_IN, 0, &record.value));
  if (exactly.empty())
    ldns_pkt_push_rr(packet_.get(), LDNS_SECTION_ANSWER, make_rr(name, type, LDNS_RR_CLASS_NONE, 0, nullptr));
}

void UpdateMessage::add(const std::string& name, ldns_rr_type type, const DnsRecord& record) {
  ldns_pkt_push_rr(packet_.get(), LDNS_SECTION_AUTHORITY,
                   make_rr(name, type, LDNS_RR_CLASS_IN, record.ttl, &record.value));
}

void UpdateMessage::remove(const std::string& name, ldns_rr_type type, const std::string& value) {
  ldns_pkt_push_rr(packet_.get(), LDNS_SECTION_AUTHORITY, make_rr(name, type, LDNS_RR_CLASS_NONE, 0, &value));
}

Exchange exchange(const DnsServer& server, Packet request, const std::optional<TsigKey>& key) {
  std::unique_ptr<ldns_rdf, DataDeleter> mac;
  if (key) {
    constexpr std::uint16_t kFudgeSeconds = 300;
    constexpr std::size_t kMacField = 3;
    const auto status = ldns_pkt_tsig_sign(request.get(), key->name.c_str(), key->secret.c_str(),
                                           kFudgeSeconds, (key->algorithm + ".").c_str(), nullptr);
    if (status != LDNS_STATUS_OK)
      return {nullptr, std::string("cannot be signed: ") + ldns_get_errorstr_by_id(status), {}};
    mac.reset(ldns_rdf_clone(ldns_rr_rdf(ldns_pkt_tsig(request.get()), kMacField)));
  }
  const std::unique_ptr<ldns_buffer, BufferDeleter> bytes(ldns_buffer_new(LDNS_MAX_PACKETLEN));
  if (ldns_pkt2buffer_wire(bytes.get(), request.get()) != LDNS_STATUS_OK)
    return {nullptr, "the message is too big", {}};

  socklen_t size = 0;
  const sockaddr_storage to = socket_address(server, size);
  timeval timeout{};
  timeout.tv_sec = server.timeout.count() / 1000;
  timeout.tv_usec = server.timeout.count() % 1000 * 1000;
  std::uint8_t* raw = nullptr;
  std::size_t length = 0;
  const auto sent = ldns_tcp_send(&raw, bytes.get(), &to, size, timeout, &length);
  const std::unique_ptr<std::uint8_t, WireDeleter> wire(raw);
  if (sent != LDNS_STATUS_OK || raw == nullptr) return {nullptr, "does not answer", {}};
  ldns_pkt* parsed = nullptr;
  if (ldns_wire2pkt(&parsed, raw, length) != LDNS_STATUS_OK)
    return {nullptr, "its answer cannot be understood", {}};
  Exchange result{Packet(parsed), {}, read_tsig_error(parsed)};
  if (ldns_pkt_id(parsed) != ldns_pkt_id(request.get())) result.problem = "its answer is to something else";
  // What is refused for its signature cannot be signed by who refuses it.
  if (key && ldns_pkt_get_rcode(parsed) != LDNS_RCODE_NOTAUTH &&
      !ldns_pkt_tsig_verify(parsed, raw, length, key->name.c_str(), key->secret.c_str(), mac.get()))
    result.problem = "its answer is not signed with our key";
  return result;
}

}  // namespace st_gate
