#include "consul/examination.hpp"

#include <nlohmann/json.hpp>

#include "consul/client.hpp"
#include "consul/request.hpp"

namespace rediscovery::consul {
namespace {

using nlohmann::json;

Error malformed(const char* what) {
  return {ErrorKind::malformed, std::string(what) + " in Consul's answer"};
}

std::string text_of(const json& object, const char* name) {
  if (!object.is_object() || !object.contains(name) || !object[name].is_string()) return {};
  return object[name].get<std::string>();
}

// One address, one request, the time of one request.
class Asker {
 public:
  Asker(const Settings& settings, const std::string& address, core::TimePoint deadline)
      : settings_(settings),
        address_(address),
        deadline_(deadline),
        http_(settings.tls, settings.connect_timeout, -1) {}

  Outcome<HttpAnswer> operator()(const std::string& method, const std::string& target,
                                 const std::string& body = {}) {
    const auto latest = core::saturating_add(std::chrono::steady_clock::now(), settings_.request_timeout);
    return http_.perform(make_request(settings_, address_, method, target, body),
                         std::min(deadline_, latest));
  }
  [[nodiscard]] Error explained(Error error) const {
    return with_remedy(shown_error(std::move(error), settings_), settings_.tenancy);
  }

 private:
  const Settings& settings_;
  const std::string& address_;
  core::TimePoint deadline_;
  HttpClient http_;
};

std::string in_datacenter(const Settings& settings, const std::string& path) {
  return settings.datacenter.empty() ? path : path + "?dc=" + percent_encode(settings.datacenter);
}

}  // namespace

Outcome<bool> read_leader(const HttpAnswer& answer) {
  if (answer.status != 200) return explain_status(answer);
  const json body = json::parse(answer.body, nullptr, false);
  if (!body.is_string()) return malformed("no leader's address");
  return !body.get_ref<const std::string&>().empty();
}

Outcome<TokenReport> read_token(const HttpAnswer& answer) {
  TokenReport report;
  if (answer.status == 401 && answer.body.find("ACL support disabled") != std::string::npos) {
    report.acls_enabled = false;
    return report;
  }
  if (answer.status != 200) return explain_status(answer);
  const json body = json::parse(answer.body, nullptr, false);
  if (!body.is_object()) return malformed("no token");
  report.expires = text_of(body, "ExpirationTime");
  if (body.contains("Policies") && body["Policies"].is_array()) {
    for (const auto& policy : body["Policies"]) report.policies.push_back(text_of(policy, "Name"));
  }
  return report;
}

Outcome<Denials> read_trial(const HttpAnswer& answer) {
  const json body = json::parse(answer.body, nullptr, false);
  const bool has_errors = body.is_object() && body.contains("Errors") && body["Errors"].is_array();
  if (answer.status != 409 || !has_errors) {
    if (answer.status == 200) return malformed("a transaction was made that cannot be made");
    return explain_status(answer);
  }
  Denials denials;
  bool judged = false;  // all rights were there, and the index was looked at
  for (const auto& entry : body["Errors"]) {
    const auto kind = classify_transaction_error(text_of(entry, "What"));
    judged = judged || kind == ErrorKind::lost_race;
    if (kind != ErrorKind::permission_denied) continue;
    if (!entry.contains("OpIndex") || !entry["OpIndex"].is_number_unsigned()) {
      return malformed("an error without its operation");
    }
    denials.push_back(entry["OpIndex"].get<std::size_t>());
  }
  if (denials.empty() && !judged) return explain_status(answer);
  return denials;
}

AgentReport examine_agent(const Settings& settings, const std::string& address, core::TimePoint deadline) {
  AgentReport report;
  report.address = address;
  Asker ask(settings, address, deadline);
  const auto answer = ask("GET", in_datacenter(settings, "/v1/status/leader"));
  const auto leader = answer ? read_leader(*answer) : Outcome<bool>(answer.error());
  if (!leader) {
    report.error = ask.explained(leader.error());
    return report;
  }
  report.has_leader = *leader;
  if (const auto all = ask("GET", "/v1/catalog/datacenters"); all && all->status == 200) {
    const json list = json::parse(all->body, nullptr, false);
    const json none = json::array();
    for (const auto& name : list.is_array() ? list : none) {
      if (name.is_string()) report.datacenters.push_back(name.get<std::string>());
    }
  }
  // Needs agent:read, which the updater does without: no answer is no fault.
  if (const auto self = ask("GET", "/v1/agent/self"); self && self->status == 200) {
    const json body = json::parse(self->body, nullptr, false);
    if (body.is_object() && body.contains("Config")) {
      report.version = text_of(body["Config"], "Version");
      report.datacenter = text_of(body["Config"], "Datacenter");
    }
  }
  return report;
}

Outcome<TokenReport> examine_token(const Settings& settings, const std::string& address,
                                   core::TimePoint deadline) {
  Asker ask(settings, address, deadline);
  const auto answer = ask("GET", "/v1/acl/token/self");
  auto report = answer ? read_token(*answer) : Outcome<TokenReport>(answer.error());
  if (!report) return ask.explained(report.error());
  return report;
}

Outcome<Denials> try_transaction(const Settings& settings, const std::string& address,
                                 const std::vector<Operation>& operations, core::TimePoint deadline) {
  Asker ask(settings, address, deadline);
  const auto answer =
      ask("PUT", in_datacenter(settings, "/v1/txn"), to_json(operations, settings.tenancy).dump());
  auto denials = answer ? read_trial(*answer) : Outcome<Denials>(answer.error());
  if (!denials) return ask.explained(denials.error());
  return denials;
}

}  // namespace rediscovery::consul
