#include "rfc2136.hpp"

#include <algorithm>

#include "net/address.hpp"

namespace st_gate {
namespace {

ldns_rr_type type_of(const std::string& address) {
  return is_ipv6(address) ? LDNS_RR_TYPE_AAAA : LDNS_RR_TYPE_A;
}

std::string rcode_name(ldns_pkt_rcode code) {
  const std::unique_ptr<char, decltype(&std::free)> text(ldns_pkt_rcode2str(code), std::free);
  return text ? text.get() : std::to_string(code);
}

std::vector<DnsRecord> of_type(const Published& published, ldns_rr_type type) {
  std::vector<DnsRecord> records;
  for (const auto& record : published.records) {
    if (type_of(record.address) == type) records.push_back({record.address, record.ttl});
  }
  return records;
}

std::string refusal(ldns_pkt_rcode code, const std::string& tsig_error) {
  if (tsig_error == "BADTIME")
    return "BADTIME: the clocks of this host and the server differ by more than 300 s";
  if (tsig_error == "BADKEY")
    return "BADKEY: the server does not know the TSIG key, or not with this algorithm";
  if (tsig_error == "BADSIG") return "BADSIG: the TSIG secret is not the server's";
  if (code == LDNS_RCODE_REFUSED) return "REFUSED: the key may not update these names";
  if (code == LDNS_RCODE_NOTAUTH)
    return "NOTAUTH: the server is not the zone's primary, or does not know the TSIG key";
  return rcode_name(code);
}

}  // namespace

std::string Rfc2136::name() const {
  return "DNS server " + settings_.server.address + " port " + std::to_string(settings_.server.port);
}

std::string Rfc2136::mark_of(const std::string& address) const {
  return "owner=" + settings_.owner + " address=" + address;
}

std::vector<DnsRecord> Rfc2136::ask(const std::string& name, ldns_rr_type type) const {
  const auto [answer, problem, tsig] = exchange(settings_.server, make_query(name, type), std::nullopt);
  if (!problem.empty()) throw BackendError(this->name() + " " + problem);
  const auto code = ldns_pkt_get_rcode(answer.get());
  if (code != LDNS_RCODE_NOERROR && code != LDNS_RCODE_NXDOMAIN)
    throw BackendError(this->name() + " answers " + rcode_name(code) + " for " + name);
  // A resolver would answer from its cache, with what was true before.
  if (!ldns_pkt_aa(answer.get()))
    throw BackendError(this->name() + " has no authority for " + name + ": name the zone's primary server");
  if (!answers_of(*answer, LDNS_RR_TYPE_CNAME).empty())
    throw BackendError(name + " is an alias (CNAME): it can have no addresses of its own");
  return answers_of(*answer, type);
}

Published Rfc2136::read() {
  Published published;
  for (const auto& mark : ask(mark_name(), LDNS_RR_TYPE_TXT)) published.marks.push_back(mark.value);
  for (const auto type : {LDNS_RR_TYPE_A, LDNS_RR_TYPE_AAAA}) {
    for (const auto& record : ask(settings_.name, type)) {
      const std::string address = canonical_address(record.value);
      const std::string mark = mark_of(address);
      const bool ours = std::count(published.marks.begin(), published.marks.end(), mark) != 0;
      published.records.push_back({address, record.ttl, ours, ours ? mark : ""});
    }
  }
  return published;
}

Written Rfc2136::write(const Published& seen, const std::vector<Change>& changes) {
  UpdateMessage update(settings_.zone);
  for (const auto type : {LDNS_RR_TYPE_A, LDNS_RR_TYPE_AAAA})
    update.require(settings_.name, type, of_type(seen, type));
  std::vector<DnsRecord> marks;
  for (const auto& mark : seen.marks) marks.push_back({mark, 0});
  update.require(mark_name(), LDNS_RR_TYPE_TXT, marks);
  for (const auto& change : changes) {
    if (change.move == Move::add) {
      update.add(settings_.name, type_of(change.address), {change.address, settings_.ttl});
      update.add(mark_name(), LDNS_RR_TYPE_TXT, {mark_of(change.address), settings_.ttl});
    } else {
      update.remove(settings_.name, type_of(change.address), change.address);
      update.remove(mark_name(), LDNS_RR_TYPE_TXT, mark_of(change.address));
    }
  }
  const auto [answer, problem, tsig_error] = exchange(settings_.server, update.take(), settings_.key);
  if (!problem.empty()) return {Written::Result::failed, name() + " " + problem, {}};
  switch (const auto code = ldns_pkt_get_rcode(answer.get())) {
    case LDNS_RCODE_NOERROR:
      return {};
    case LDNS_RCODE_NXRRSET:
    case LDNS_RCODE_YXRRSET:
    case LDNS_RCODE_NXDOMAIN:
    case LDNS_RCODE_YXDOMAIN:
      return {
          Written::Result::conflict, "somebody else has changed the records (" + rcode_name(code) + ")", {}};
    case LDNS_RCODE_SERVFAIL:
      return {Written::Result::failed, name() + " answers SERVFAIL", {}};
    default:
      return {Written::Result::refused, name() + " refuses the update, " + refusal(code, tsig_error), {}};
  }
}

}  // namespace st_gate
