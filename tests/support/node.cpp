#include "support/node.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "support/wait.hpp"

namespace rediscovery::testing {

RespServer::RespServer(Keeper& keeper, std::string name, std::string ip, std::uint16_t port,
                       RedisCredentials credentials)
    : Server(keeper, std::move(name), std::move(ip), port), credentials_(std::move(credentials)) {}

RedisConnection RespServer::connect(std::chrono::milliseconds timeout) const {
  return {ip(), port(), credentials_, timeout};
}

RedisReply RespServer::command(const std::vector<std::string>& arguments,
                               std::chrono::milliseconds timeout) const {
  return connect(timeout).command(arguments);
}

std::optional<RedisReply> RespServer::try_command(const std::vector<std::string>& arguments,
                                                  std::chrono::milliseconds timeout) const {
  try {
    return command(arguments, timeout);
  } catch (const RedisError&) {
    return std::nullopt;
  }
}

std::map<std::string, std::string> RespServer::info(const std::string& section) const {
  std::map<std::string, std::string> fields;
  std::istringstream lines(command({"INFO", section}).text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    const auto colon = line.find(':');
    if (colon != std::string::npos) fields[line.substr(0, colon)] = line.substr(colon + 1);
  }
  return fields;
}

std::string RespServer::listening() const {
  const std::string where = "bind " + ip() + "\nport ";
  if (!credentials_.tls) return where + std::to_string(port()) + "\n";
  const auto& [ca, cert, key] = *credentials_.tls;
  return where + "0\ntls-port " + std::to_string(port()) + "\ntls-ca-cert-file " + ca + "\ntls-cert-file " +
         cert + "\ntls-key-file " + key + "\ntls-auth-clients no\ntls-replication yes\n";
}

bool RespServer::ready() {
  const auto reply = try_command({"PING"});
  return reply && !reply->is_error();
}

Node::Node(Keeper& keeper, std::string name, std::string ip, NodeOptions options)
    : RespServer(keeper, std::move(name), std::move(ip), 6379, options.credentials),
      options_(std::move(options)) {
  write_config();
}

// A configuration file, because Sentinel and REPLICAOF must be able to rewrite it: a node that returns after
// its death then comes back in the role it had, as in production.
void Node::write_config() const {
  std::filesystem::create_directories(folder() / name());
  std::ofstream config(folder() / (name() + ".conf"));
  config << listening() << "bind-source-addr " << ip() << "\nreplica-announce-ip " << ip()
         << "\nprotected-mode no\ndir " << (folder() / name()).string()
         << "\nsave \"\"\nappendonly no\ndaemonize no\nrepl-diskless-sync yes\nrepl-diskless-sync-delay 0\n"
         << "repl-timeout 10\nrepl-ping-replica-period 1\n";
  const auto& user = options_.credentials.user;
  const auto& password = options_.credentials.password;
  if (!password.empty() && user.empty()) config << "requirepass " << password << "\n";
  if (!user.empty()) {
    config << "user default off\nuser " << user << " on >" << password << " ~* &* +@all\nmasteruser " << user
           << "\n";
  }
  if (!password.empty()) config << "masterauth " << password << "\n";
  if (!options_.replica_of.empty()) config << "replicaof " << options_.replica_of << " " << port() << "\n";
  if (!config.flush()) throw std::runtime_error("cannot write the configuration of " + name());
}

Program Node::program() const {
  Program what;
  what.arguments = {options_.program, (folder() / (name() + ".conf")).string()};
  what.arguments.insert(what.arguments.end(), options_.extra_arguments.begin(),
                        options_.extra_arguments.end());
  return what;
}

std::string Node::role() const {
  const auto reply = try_command({"ROLE"});
  if (!reply || reply->elements.empty()) return {};
  return reply->elements[0].text;
}

void Node::wait_role(const std::string& wanted, std::chrono::milliseconds timeout) const {
  wait_until([&] { return role() == wanted; }, timeout, name() + " at " + endpoint() + " to be " + wanted);
}

void Node::replicate(const std::string& master_ip, std::uint16_t master_port) const {
  const RedisReply reply = master_ip.empty() ? command({"REPLICAOF", "NO", "ONE"})
                                             : command({"REPLICAOF", master_ip, std::to_string(master_port)});
  if (reply.is_error()) throw RedisError(endpoint() + ": REPLICAOF: " + reply.text);
  command({"CONFIG", "REWRITE"});
}

bool Node::linked_to(const std::string& master_ip) const {
  const auto reply = try_command({"ROLE"});
  // ["slave", master's address, its port, state of the link, offset]
  return reply && reply->elements.size() >= 4 && reply->elements[0].text == "slave" &&
         reply->elements[1].text == master_ip && reply->elements[3].text == "connected";
}

}  // namespace rediscovery::testing
