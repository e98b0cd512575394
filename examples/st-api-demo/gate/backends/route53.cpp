#include "route53.hpp"

#include <algorithm>
#include <map>

#include "net/address.hpp"

namespace st_gate {
namespace {

using Result = Written::Result;

// For problems that an operator can do something about.
std::string remedy(const std::string& code) {
  static const std::map<std::string, std::string> known{
      {"SignatureDoesNotMatch", ": the secret access key is not the key's"},
      {"InvalidClientTokenId", ": there is no such access key"},
      {"ExpiredToken", ": the session token has expired"},
      {"RequestExpired", ": this host's clock is wrong"},
      {"AccessDenied",
       ": the key needs route53:ListResourceRecordSets and route53:ChangeResourceRecordSets for the zone"},
      {"NoSuchHostedZone", ": there is no such hosted zone"}};
  const auto found = known.find(code);
  return found == known.end() ? "" : found->second;
}

Millis retry_after(const HttpAnswer& answer) {
  constexpr Millis kUsual{1'000};
  constexpr std::size_t kMostDigits = 9;  // the rules bound what is waited; here only the number must fit
  const std::string text = answer.header("retry-after");
  if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos) return kUsual;
  return std::chrono::seconds(std::stol(text.substr(0, kMostDigits)));
}

bool says(const std::string& message, std::initializer_list<const char*> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&message](const char* part) { return message.find(part) != std::string::npos; });
}

Written judge(const std::string& server, const HttpAnswer& answer) {
  if (answer.status == 200) return {};
  const auto [code, message] = parse_problem(answer.body);
  const std::string text = server + " answers " +
                           (code.empty() ? "with status " + std::to_string(answer.status) : code) +
                           remedy(code);
  if (says(code, {"Throttling", "PriorRequestNotComplete", "ServiceUnavailable"}) || answer.status == 429)
    return {Result::failed, text, retry_after(answer)};
  if (answer.status >= 500) return {Result::failed, text, {}};
  if (code == "InvalidChangeBatch" && says(message, {"already exists", "not found", "do not match"}))
    return {Result::conflict, "somebody else has changed the records: " + message, {}};
  return {Result::refused, text + (code == "InvalidChangeBatch" ? ": " + message : ""), {}};
}

}  // namespace

Route53::Route53(Route53Settings settings)
    : settings_(std::move(settings)),
      host_(settings_.endpoint.substr(settings_.endpoint.find("://") + 3)),
      http_(settings_.ca_file) {}

std::string Route53::name() const { return "Route 53 zone " + settings_.hosted_zone; }

std::string Route53::zone_path() const {
  return "/2013-04-01/hostedzone/" + settings_.hosted_zone + "/rrset";
}

HttpAnswer Route53::send(AwsRequest request) {
  const AwsScope scope{settings_.region, "route53", settings_.clock()};
  request.headers = {{"host", host_}, {"x-amz-date", aws_time(scope.time)}};
  if (!settings_.key.session_token.empty())
    request.headers["x-amz-security-token"] = settings_.key.session_token;
  if (!request.body.empty()) request.headers["content-type"] = "application/xml";
  const std::string query = aws_query(request.query);
  HttpRequest http{request.method,
                   settings_.endpoint + request.path + (query.empty() ? "" : "?" + query),
                   {},
                   request.body,
                   settings_.timeout};
  for (const auto& [name, value] : request.headers) http.headers.push_back(name + ": " + value);
  http.headers.push_back("authorization: " + aws_authorization(request, settings_.key, scope));
  return http_.send(http);
}

Published Route53::read() {
  Published published;
  AwsRequest request{"GET", zone_path(), {{"name", settings_.name}}, {}, {}};
  while (true) {
    HttpAnswer answer;
    try {
      answer = send(request);
    } catch (const HttpError& problem) {
      throw BackendError(name() + " does not answer: " + problem.what());
    }
    if (answer.status != 200) throw BackendError(judge(name(), answer).message);
    const RecordPage page = parse_records(answer.body);
    for (const auto& set : page.sets) {
      if (set.name != settings_.name) return published;  // sorted by name
      if (set.type == "CNAME")
        throw BackendError(settings_.name + " is an alias (CNAME): it can have no addresses of its own");
      if (set.type != "A" && set.type != "AAAA") continue;
      for (const auto& value : set.values) {
        const std::string address = canonical_address(value);
        const bool ours =
            set.multivalue && set.values.size() == 1 && set.identifier == settings_.owner + ":" + address;
        published.records.push_back({address, set.ttl, ours, set.identifier});
      }
    }
    if (page.next_name.empty()) return published;
    request.query = {{"name", page.next_name}, {"type", page.next_type}};
    if (!page.next_identifier.empty()) request.query.emplace_back("identifier", page.next_identifier);
  }
}

Written Route53::write(const Published& seen, const std::vector<Change>& changes) {
  std::vector<SetChange> sets;
  for (const auto& change : changes) {
    RecordSet set{settings_.name,
                  record_type(change.address),
                  settings_.owner + ":" + change.address,
                  true,
                  settings_.ttl,
                  {change.address}};
    if (change.move == Move::remove) {
      const auto record = std::find_if(seen.records.begin(), seen.records.end(), [&](const Record& one) {
        return one.ours && one.address == change.address;
      });
      if (record != seen.records.end()) set.ttl = record->ttl;  // what is deleted must be told exactly
    }
    sets.push_back({change.move == Move::add, std::move(set)});
  }
  AwsRequest request{"POST", zone_path() + "/", {}, {}, change_request(sets)};
  try {
    return judge(name(), send(std::move(request)));
  } catch (const HttpError& problem) {
    return {Result::failed, name() + " does not answer: " + problem.what(), {}};
  }
}

}  // namespace st_gate
