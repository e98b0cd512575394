#include "route53_stand_in.hpp"

#include <httplib.h>

#include <algorithm>
#include <pugixml.hpp>
#include <sstream>

namespace st_gate {
namespace {

std::string error_body(const std::string& code, const std::string& message) {
  return "<?xml version=\"1.0\"?><ErrorResponse "
         "xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Error><Type>Sender</Type><Code>" +
         code + "</Code><Message>" + message + "</Message></Error><RequestId>1</RequestId></ErrorResponse>";
}

void refuse(httplib::Response& response, int status, const std::string& code, const std::string& message) {
  response.status = status;
  response.set_content(error_body(code, message), "text/xml");
}

std::string part(const std::string& text, const std::string& begin, const std::string& end) {
  const auto from = text.find(begin);
  if (from == std::string::npos) return "";
  const auto to = text.find(end, from + begin.size());
  return text.substr(from + begin.size(), to == std::string::npos ? to : to - from - begin.size());
}

// As its documentation has it: elements ResourceRecord, and characters in their values; an UPSERT counts
// twice.
std::string over_limit(const pugi::xml_node& changes) {
  std::size_t records = 0;
  std::size_t characters = 0;
  for (const auto& one : changes.children("Change")) {
    const std::size_t times = std::string(one.child_value("Action")) == "UPSERT" ? 2 : 1;
    for (const auto& record :
         one.child("ResourceRecordSet").child("ResourceRecords").children("ResourceRecord")) {
      records += times;
      characters += times * std::string(record.child_value("Value")).size();
    }
  }
  if (records > 1'000) return "Number of records limit of 1000 exceeded.";
  return characters > 32'000 ? "Number of characters limit of 32000 exceeded." : "";
}

}  // namespace

Route53StandIn::Route53StandIn(const std::string& ip) : server_(std::make_unique<httplib::Server>()) {
  const auto checked = [this](const httplib::Request& request, httplib::Response& response, auto handle) {
    if (const auto problem = check_signature(request); !problem.empty()) {
      ++refused_;
      refuse(response, 403, problem, "refused by the stand-in");
    } else {
      handle();
    }
  };
  const std::string path = std::string("/2013-04-01/hostedzone/") + kZone + "/rrset";
  server_->Get(path, [this, checked](const httplib::Request& request, httplib::Response& response) {
    checked(request, response, [&] { list(request, response); });
  });
  server_->Post(path + "/", [this, checked](const httplib::Request& request, httplib::Response& response) {
    checked(request, response, [&] { change(request, response); });
  });
  server_->set_error_handler([](const httplib::Request&, httplib::Response& response) {
    if (response.body.empty()) refuse(response, 404, "NoSuchHostedZone", "No hosted zone found");
  });
  const int port = server_->bind_to_any_port(ip.c_str());
  url_ = "http://" + ip + ":" + std::to_string(port);
  thread_ = std::thread([this] { server_->listen_after_bind(); });
  while (!server_->is_running()) std::this_thread::yield();
}

Route53StandIn::~Route53StandIn() {
  server_->stop();
  thread_.join();
}

// From what has arrived, in the order and the spelling in which it has arrived.
std::string Route53StandIn::check_signature(const httplib::Request& request) const {
  const std::string header = request.get_header_value("authorization");
  const std::string credential = part(header, "Credential=", ",");
  const auto date = parse_time([&] {
    const std::string at = request.get_header_value("x-amz-date");
    if (at.size() != 16) return std::string();
    return at.substr(0, 4) + "-" + at.substr(4, 2) + "-" + at.substr(6, 5) + ":" + at.substr(11, 2) + ":" +
           at.substr(13, 3);
  }());
  if (header.empty() || !date) return "MissingAuthenticationToken";
  const auto now = std::chrono::system_clock::now();
  if (std::chrono::abs(now - *date) > std::chrono::minutes(5)) return "RequestExpired";
  if (!credential.starts_with(key().id + "/")) return "InvalidClientTokenId";
  AwsRequest signed_request{request.method, request.path, {}, {}, request.body};
  // Not decoded and encoded again: the query as it was sent.
  const auto question = request.target.find('?');
  std::string names = part(header, "SignedHeaders=", ",");
  if (names.find("host") == std::string::npos || names.find("x-amz-date") == std::string::npos)
    return "SignatureDoesNotMatch";
  std::istringstream list(names);
  for (std::string name; std::getline(list, name, ';');)
    signed_request.headers[name] = request.get_header_value(name.c_str());
  for (const auto& [name, value] : request.params) signed_request.query.emplace_back(name, value);
  if (question != std::string::npos && aws_query(signed_request.query) != request.target.substr(question + 1))
    return "SignatureDoesNotMatch";
  const AwsScope scope{"us-east-1", "route53", *date};
  return aws_authorization(signed_request, key(), scope) == header ? "" : "SignatureDoesNotMatch";
}

void Route53StandIn::list(const httplib::Request& request, httplib::Response& response) const {
  const std::lock_guard lock(mutex_);
  const Key from{request.get_param_value("name"), request.get_param_value("type"),
                 request.get_param_value("identifier")};
  std::ostringstream xml;
  xml << "<?xml version=\"1.0\"?><ListResourceRecordSetsResponse "
         "xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ResourceRecordSets>";
  std::size_t count = 0;
  auto at = sets_.lower_bound(from);
  for (; at != sets_.end() && count < page_size_; ++at, ++count) {
    const auto& [key, set] = *at;
    xml << "<ResourceRecordSet><Name>" << key.name << "</Name><Type>" << key.type << "</Type>";
    if (!key.identifier.empty())
      xml << "<SetIdentifier>" << key.identifier
          << "</SetIdentifier><MultiValueAnswer>true</MultiValueAnswer>";
    xml << "<TTL>" << set.ttl << "</TTL><ResourceRecords><ResourceRecord><Value>" << set.value
        << "</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>";
  }
  xml << "</ResourceRecordSets><IsTruncated>" << (at != sets_.end() ? "true" : "false") << "</IsTruncated>";
  if (at != sets_.end()) {
    xml << "<NextRecordName>" << at->first.name << "</NextRecordName><NextRecordType>" << at->first.type
        << "</NextRecordType>";
    if (!at->first.identifier.empty())
      xml << "<NextRecordIdentifier>" << at->first.identifier << "</NextRecordIdentifier>";
  }
  xml << "<MaxItems>" << page_size_ << "</MaxItems></ListResourceRecordSetsResponse>";
  response.set_content(xml.str(), "text/xml");
}

void Route53StandIn::change(const httplib::Request& request, httplib::Response& response) {
  ++changes_;
  {
    const std::lock_guard lock(mutex_);
    if (fail_count_ > 0) {
      --fail_count_;
      refuse(response, fail_status_, fail_code_, fail_code_ == "Throttling" ? "Rate exceeded" : "try again");
      if (!fail_retry_after_.empty()) response.set_header("Retry-After", fail_retry_after_);
      return;
    }
  }
  if (const auto problem = apply(request.body); !problem.empty()) {
    refuse(response, 400, "InvalidChangeBatch", "[" + problem + "]");
    return;
  }
  if (lose_next_.exchange(false)) {
    refuse(response, 500, "InternalFailure", "the answer is lost");
    return;
  }
  response.set_content(
      "<?xml version=\"1.0\"?><ChangeResourceRecordSetsResponse "
      "xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeInfo>"
      "<Id>/change/C1</Id><Status>PENDING</Status></ChangeInfo></ChangeResourceRecordSetsResponse>",
      "text/xml");
}

std::string Route53StandIn::apply(const std::string& xml) {
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size())) return "not XML";
  const std::lock_guard lock(mutex_);
  auto sets = sets_;  // all or nothing
  const auto changes =
      document.child("ChangeResourceRecordSetsRequest").child("ChangeBatch").child("Changes");
  if (!changes.first_child()) return "no changes";
  if (const auto problem = over_limit(changes); !problem.empty()) return problem;
  for (const auto& one : changes.children("Change")) {
    const auto node = one.child("ResourceRecordSet");
    const Key key{node.child_value("Name"), node.child_value("Type"), node.child_value("SetIdentifier")};
    const Set set{node.child("ResourceRecords").child("ResourceRecord").child_value("Value"),
                  node.child("TTL").text().as_llong()};
    const std::string what = "resource record set [name='" + key.name + "', type='" + key.type +
                             "', set-identifier='" + key.identifier + "']";
    const auto found = sets.find(key);
    const auto simple = sets.find({key.name, key.type, ""});
    if (std::string(one.child_value("Action")) == "CREATE") {
      if (found != sets.end()) return "Tried to create " + what + " but it already exists";
      if (simple != sets.end())
        return "RRSet with DNS name " + key.name + ", type " + key.type +
               ": a multivalue set cannot be beside a simple one";
      sets[key] = set;
    } else if (std::string(one.child_value("Action")) != "DELETE") {
      return "the stand-in knows only CREATE and DELETE";
    } else {
      if (found == sets.end()) return "Tried to delete " + what + " but it was not found";
      if (!(found->second == set))
        return "Tried to delete " + what + " but the values provided do not match the current values";
      sets.erase(found);
    }
  }
  if (!forget_next_.exchange(false)) sets_ = std::move(sets);
  return "";
}

std::vector<std::string> Route53StandIn::addresses(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  for (const auto& [key, set] : sets_) {
    if (key.name == name) all.push_back(set.value);
  }
  std::sort(all.begin(), all.end());
  return all;
}

void Route53StandIn::put(const std::string& name, const std::string& type, const std::string& identifier,
                         const std::string& value, long ttl) {
  const std::lock_guard lock(mutex_);
  sets_[{name, type, identifier}] = {value, ttl};
}

void Route53StandIn::erase(const std::string& name, const std::string& type, const std::string& identifier) {
  const std::lock_guard lock(mutex_);
  sets_.erase({name, type, identifier});
}

void Route53StandIn::fail_next(int count, int status, const std::string& code,
                               const std::string& retry_after) {
  const std::lock_guard lock(mutex_);
  fail_count_ = count;
  fail_status_ = status;
  fail_code_ = code;
  fail_retry_after_ = retry_after;
}

}  // namespace st_gate
