#include "support/roles.hpp"

#include <algorithm>

namespace rediscovery::testing {
namespace {

using nlohmann::json;

constexpr int kPort = 6379;

std::string service_id(const RoleNames& names, const std::string& service, const std::string& ip) {
  return service + ":" + names.master_name + ":" + ip + ":" + std::to_string(kPort);
}

void append_delete(json& operations, const RoleNames& names, const std::string& service,
                   const std::string& ip) {
  operations.push_back({{"Service",
                         {{"Verb", "delete"},
                          {"Node", role_node(ip)},
                          {"Service", {{"ID", service_id(names, service, ip)}, {"Service", service}}}}}});
}

// A node, then its service, then the service's check: each needs the one before.
void append_set(json& operations, const RoleNames& names, const std::string& service, const std::string& ip) {
  const std::string id = service_id(names, service, ip);
  operations.push_back({{"Node",
                         {{"Verb", "set"},
                          {"Node",
                           {{"Node", role_node(ip)},
                            {"Address", ip},
                            {"Meta", {{"external-node", "true"}, {"external-probe", "false"}}}}}}}});
  operations.push_back({{"Service",
                         {{"Verb", "set"},
                          {"Node", role_node(ip)},
                          {"Service",
                           {{"ID", id},
                            {"Service", service},
                            {"Address", ip},
                            {"Port", kPort},
                            {"Tags", {names.master_name}}}}}}});
  operations.push_back({{"Check",
                         {{"Verb", "set"},
                          {"Check",
                           {{"Node", role_node(ip)},
                            {"CheckID", "role:" + id},
                            {"Name", "redis role"},
                            {"Status", "passing"},
                            {"ServiceID", id},
                            {"ServiceName", service}}}}}});
}

}  // namespace

std::string role_node(const std::string& ip) {
  std::string name = "redis-" + ip;
  std::replace(name.begin(), name.end(), '.', '-');
  return name;
}

json role_transaction(const RoleNames& names, const std::string& master_ip,
                      const std::vector<std::string>& slave_ips, const std::vector<std::string>& all_ips) {
  json operations = json::array();
  for (const auto& ip : all_ips) {
    if (ip != master_ip) append_delete(operations, names, names.master_service, ip);
    if (std::find(slave_ips.begin(), slave_ips.end(), ip) == slave_ips.end()) {
      append_delete(operations, names, names.slave_service, ip);
    }
  }
  append_set(operations, names, names.master_service, master_ip);
  for (const auto& ip : slave_ips) append_set(operations, names, names.slave_service, ip);
  return operations;
}

json removal_transaction(const std::vector<std::string>& all_ips) {
  json operations = json::array();
  for (const auto& ip : all_ips) {
    operations.push_back({{"Node", {{"Verb", "delete"}, {"Node", {{"Node", role_node(ip)}}}}}});
  }
  return operations;
}

}  // namespace rediscovery::testing
