#include "support/consul.hpp"

#include <httplib.h>

#include <fstream>
#include <stdexcept>
#include <utility>

#include "support/dns_client.hpp"
#include "support/wait.hpp"

#ifndef REDISCOVERY_CONSUL_PATH
#define REDISCOVERY_CONSUL_PATH ""
#endif

namespace rediscovery::testing {

using nlohmann::json;

Consul::Consul(Keeper& keeper, std::string name, std::string ip, ConsulOptions options)
    : Server(keeper, std::move(name), std::move(ip), kHttpPort), options_(std::move(options)) {
  write_config();
}

void Consul::write_config() const {
  json config = {
      {"server", true},
      {"bootstrap", true},
      {"node_name", "consul-" + ip()},
      {"bind_addr", ip()},
      {"advertise_addr", ip()},
      {"client_addr", ip()},
      {"data_dir", (folder() / (name() + "-data")).string()},
      {"ports",
       {{"http", kHttpPort},
        {"https", -1},
        {"grpc", -1},
        {"dns", kDnsPort},
        {"server", 8300},
        {"serf_lan", 8301},
        {"serf_wan", -1}}},
      {"performance", {{"raft_multiplier", 1}}},
      {"disable_update_check", true},
      {"disable_remote_exec", true},
      {"enable_script_checks", false},
      {"leave_on_terminate", false},
      {"disable_host_node_id", true},  // several on one machine
      {"log_level", "INFO"},
  };
  if (!options_.unix_socket.empty())
    config["addresses"] = {{"http", ip() + " unix://" + options_.unix_socket}};
  if (options_.tls) {
    config["ports"]["https"] = kHttpsPort;
    config["ca_file"] = options_.tls->ca;
    config["cert_file"] = options_.tls->cert;
    config["key_file"] = options_.tls->key;
    config["verify_incoming_https"] = options_.demand_client_certificate;
  }
  config.merge_patch(options_.config);
  std::ofstream file(folder() / (name() + ".json"));
  file << config.dump(2);
  if (!file.flush()) throw std::runtime_error("cannot write the configuration of " + name());
}

Program Consul::program() const {
  if (launched_ && !options_.persistent) {
    throw std::logic_error(
        "this Consul would have lost its data: set ClusterOptions::consul_options.persistent");
  }
  launched_ = true;
  Program what;
  what.arguments = {find_program("consul", "REDISCOVERY_CONSUL", REDISCOVERY_CONSUL_PATH), "agent",
                    "-config-file=" + (folder() / (name() + ".json")).string()};
  if (!options_.persistent) what.arguments.emplace_back("-dev");
  return what;
}

HttpReply Consul::request(const std::string& method, const std::string& path, const std::string& body,
                          std::chrono::milliseconds timeout) const {
  httplib::Client client(ip(), port());
  client.set_connection_timeout(timeout);
  client.set_read_timeout(timeout);
  client.set_write_timeout(timeout);
  httplib::Request request;
  request.method = method;
  request.path = path;
  request.body = body;
  if (!options_.token.empty()) request.set_header("X-Consul-Token", options_.token);
  if (!body.empty()) request.set_header("Content-Type", "application/json");
  const httplib::Result result = client.send(request);
  if (!result) return {};
  HttpReply reply{result->status, result->body, 0};
  const std::string index = result->get_header_value("X-Consul-Index");
  if (!index.empty()) reply.index = std::stoull(index);
  return reply;
}

namespace {

// `true`, objects and arrays are JSON; a few answers of Consul are empty or plain text.
json checked(const HttpReply& reply, const std::string& what) {
  if (reply.status != 200) {
    throw std::runtime_error(
        "consul: " + what + ": " +
        (reply.status == 0 ? "no answer" : std::to_string(reply.status) + " " + reply.body));
  }
  json parsed = json::parse(reply.body, nullptr, false);
  return parsed.is_discarded() ? json(reply.body) : parsed;
}

}  // namespace

json Consul::get(const std::string& path) const { return checked(request("GET", path), "GET " + path); }

json Consul::put(const std::string& path, const json& body) const {
  return checked(request("PUT", path, body.dump()), "PUT " + path);
}

json Consul::txn(const json& operations) const { return put("/v1/txn", operations); }

void Consul::kv_put(const std::string& key, const std::string& value) const {
  checked(request("PUT", "/v1/kv/" + key, value), "PUT /v1/kv/" + key);
}

std::optional<std::string> Consul::kv_get(const std::string& key) const {
  const HttpReply reply = request("GET", "/v1/kv/" + key + "?raw");
  if (reply.status == 404) return std::nullopt;
  if (reply.status != 200) checked(reply, "GET /v1/kv/" + key);
  return reply.body;
}

DnsMessage Consul::resolve(const std::string& dns_name, DnsType type) const {
  return dns_query(ip(), kDnsPort, dns_name, type);
}

bool Consul::ready() {
  constexpr auto kPatience = std::chrono::milliseconds(500);
  const HttpReply leader = request("GET", "/v1/status/leader", {}, kPatience);
  if (leader.status != 200 || leader.body.size() < 5) return false;  // "" in quotes while it elects
  // It registers itself last, when the leader's work can begin.
  const HttpReply nodes = request("GET", "/v1/catalog/service/consul", {}, kPatience);
  if (nodes.status != 200 || nodes.body.size() < 5) return false;
  try {
    return resolve("ready.service.consul", DnsType::a).code != DnsCode::servfail;
  } catch (const TimeoutError&) {
    return false;
  }
}

}  // namespace rediscovery::testing
