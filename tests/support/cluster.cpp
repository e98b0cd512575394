#include "support/cluster.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "support/roles.hpp"

namespace rediscovery::testing {
namespace {

constexpr int kFirstRedis = 1;
constexpr int kFirstSentinel = 11;
constexpr int kConsul = 21;
constexpr std::size_t kMaxEach = 9;

std::string numbered(const char* what, std::size_t index) { return what + std::to_string(index + 1); }

}  // namespace

Cluster::Cluster(ClusterOptions options)
    : options_(std::move(options)),
      addresses_(options_.addresses ? options_.addresses : std::make_shared<AddressBlock>()) {
  if (options_.redis_nodes < 1 || options_.redis_nodes > kMaxEach || options_.sentinels > kMaxEach) {
    throw std::invalid_argument("ClusterOptions: redis_nodes must be 1…9, sentinels 0…9");
  }
  if (options_.redis_program.empty()) {
    options_.redis_program = find_program("redis-server", "REDISCOVERY_REDIS_SERVER");
  }
  keeper_ = std::make_unique<Keeper>(addresses_->lock_fd());
  if (options_.consul) {
    consul_ = std::make_unique<Consul>(*keeper_, "consul", addresses_->ip(kConsul), options_.consul_options);
    consul_->launch();  // first: its leader's election takes longest
  }
  if (!options_.tls_names.empty()) issue_certificate();
  start_redis();
  start_sentinels();  // after the replicas are linked: a Sentinel that sees one without looks again a second
                      // later
  if (consul_) wait_for(*consul_, "to have a leader", [this] { return consul_->ready(); });
  if (consul_ && options_.register_roles) {
    register_roles(0);
    wait_master_name(0);
  }
}

Cluster::~Cluster() = default;

void Cluster::issue_certificate() {
  std::vector<std::string> names = options_.tls_names;
  for (int i = 0; i < static_cast<int>(kMaxEach); ++i) {
    names.push_back(addresses_->ip(kFirstRedis + i));
    names.push_back(addresses_->ip(kFirstSentinel + i));
  }
  certificates_.emplace(folder() / "certificates", "authority");
  options_.redis_credentials.tls = certificates_->issue("server", names);
}

Certificates& Cluster::certificates() {
  if (!certificates_) throw std::logic_error("this cluster was started without TLS");
  return *certificates_;
}

void Cluster::start_redis() {
  for (std::size_t i = 0; i < options_.redis_nodes; ++i) {
    NodeOptions node;
    node.program = options_.redis_program;
    node.credentials = options_.redis_credentials;
    node.extra_arguments = options_.redis_arguments;
    if (i > 0) node.replica_of = addresses_->ip(kFirstRedis);
    nodes_.push_back(std::make_unique<Node>(
        *keeper_, numbered("redis", i), addresses_->ip(kFirstRedis + static_cast<int>(i)), std::move(node)));
  }
  // A replica that does not find its master asks again only a second later.
  nodes_[0]->launch();
  nodes_[0]->wait_ready(options_.start_timeout);
  for (std::size_t i = 1; i < nodes_.size(); ++i) nodes_[i]->launch();
  for (std::size_t i = 1; i < nodes_.size(); ++i) {
    wait_for(*nodes_[i], "to be linked to the master", [&] { return nodes_[i]->linked_to(nodes_[0]->ip()); });
  }
}

void Cluster::start_sentinels() {
  SentinelOptions sentinel;
  sentinel.program = options_.redis_program;
  sentinel.master_name = options_.master_name;
  sentinel.master_ip = nodes_[0]->ip();
  sentinel.quorum = std::min(options_.quorum, static_cast<int>(options_.sentinels));
  sentinel.down_after = options_.down_after;
  sentinel.failover_timeout = options_.failover_timeout;
  sentinel.client_reconfig_script = options_.client_reconfig_script;
  sentinel.notification_script = options_.notification_script;
  sentinel.redis_credentials = options_.redis_credentials;
  sentinel.password = options_.sentinel_password;
  sentinel.environment = options_.sentinel_environment;
  if (consul_) sentinel.environment.emplace("CONSUL_HTTP_ADDR", "http://" + consul_->http_address());
  for (std::size_t i = 1; i < nodes_.size(); ++i) sentinel.replica_ips.push_back(nodes_[i]->ip());
  for (std::size_t i = 0; i < options_.sentinels; ++i) {
    sentinels_.push_back(std::make_unique<Sentinel>(
        *keeper_, numbered("sentinel", i), addresses_->ip(kFirstSentinel + static_cast<int>(i)), sentinel));
    sentinels_.back()->launch();
  }
  for (const auto& one : sentinels_) one->wait_ready(options_.start_timeout);
  for (const auto& one : sentinels_) {
    for (const auto& other : sentinels_) {
      if (one != other) one->introduce(*other);
    }
  }
  for (const auto& one : sentinels_) {
    wait_for(*one, "to know all others",
             [&] { return one->settled(nodes_.size() - 1, sentinels_.size() - 1); });
  }
}

void Cluster::wait_for(Server& server, const std::string& what, const std::function<bool()>& done) const {
  try {
    wait_until(
        [&] {
          server.check_alive();
          return done();
        },
        options_.start_timeout, server.name() + " " + what);
  } catch (const TimeoutError& error) {
    throw TimeoutError(std::string(error.what()) + "; the end of its log:\n" + server.log_tail());
  }
}

Consul& Cluster::consul() {
  if (!consul_) throw std::logic_error("this cluster was started without Consul");
  return *consul_;
}

std::vector<std::string> Cluster::sentinel_endpoints() const {
  std::vector<std::string> endpoints;
  for (const auto& sentinel : sentinels_) endpoints.push_back(sentinel->endpoint());
  return endpoints;
}

std::optional<std::size_t> Cluster::find_master() {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (!nodes_[i]->running() || nodes_[i]->role() != "master") continue;
    if (found) return std::nullopt;
    found = i;
  }
  return found;
}

std::size_t Cluster::master_index() {
  if (const auto found = find_master()) return *found;
  std::string roles;
  for (const auto& node : nodes_)
    roles += " " + node->endpoint() + "=" + (node->running() ? node->role() : "dead");
  throw std::runtime_error("there is not exactly one master:" + roles);
}

std::size_t Cluster::wait_new_master(std::size_t old_master, std::chrono::milliseconds timeout) {
  std::size_t found = old_master;
  wait_until(
      [&] {
        for (std::size_t i = 0; i < nodes_.size() && found == old_master; ++i) {
          if (i != old_master && nodes_[i]->running() && nodes_[i]->role() == "master") found = i;
        }
        return found != old_master;
      },
      timeout, "a master other than " + redis(old_master).endpoint());
  return found;
}

void Cluster::wait_settled(std::chrono::milliseconds timeout) {
  wait_until(
      [&] {
        const auto found = find_master();
        if (!found) return false;
        const Node& chief = *nodes_[*found];
        const bool linked = std::all_of(nodes_.begin(), nodes_.end(), [&](const auto& node) {
          return node.get() == &chief || !node->running() || node->linked_to(chief.ip());
        });
        return linked && std::all_of(sentinels_.begin(), sentinels_.end(), [&](const auto& sentinel) {
                 return !sentinel->running() || sentinel->master_endpoint() == chief.endpoint();
               });
      },
      timeout, "one master that all replicas and Sentinels follow", std::chrono::milliseconds(10));
}

void Cluster::start_failover() {
  std::string refusals;
  for (const auto& sentinel : sentinels_) {
    const auto reply = sentinel->try_command({"SENTINEL", "FAILOVER", options_.master_name});
    if (reply && !reply->is_error()) return;
    refusals += " " + sentinel->endpoint() + ": " + (reply ? reply->text : "no answer");
  }
  throw std::runtime_error("no Sentinel takes SENTINEL FAILOVER " + options_.master_name + ":" + refusals);
}

std::size_t Cluster::failover(std::chrono::milliseconds timeout) {
  const std::size_t old_master = master_index();
  start_failover();
  return wait_new_master(old_master, timeout);
}

void Cluster::repoint(std::size_t index) {
  Node& chief = redis(index);
  chief.replicate("");
  std::vector<std::size_t> replicas;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (i == index || !nodes_[i]->running()) continue;
    nodes_[i]->replicate(chief.ip());
    replicas.push_back(i);
  }
  if (consul_) register_roles(index, replicas);
}

void Cluster::register_roles(std::size_t index) {
  std::vector<std::size_t> replicas;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (i != index) replicas.push_back(i);
  }
  register_roles(index, replicas);
}

void Cluster::register_roles(std::size_t index, const std::vector<std::size_t>& replicas) {
  std::vector<std::string> slave_ips;
  std::vector<std::string> all_ips;
  slave_ips.reserve(replicas.size());
  all_ips.reserve(nodes_.size());
  for (const std::size_t replica : replicas) slave_ips.push_back(redis(replica).ip());
  for (const auto& node : nodes_) all_ips.push_back(node->ip());
  consul().txn(role_transaction({options_.master_name, options_.master_service, options_.slave_service},
                                redis(index).ip(), slave_ips, all_ips));
}

void Cluster::deregister_roles() {
  std::vector<std::string> all_ips;
  all_ips.reserve(nodes_.size());
  for (const auto& node : nodes_) all_ips.push_back(node->ip());
  consul().txn(removal_transaction(all_ips));
}

void Cluster::set_check(std::size_t index, const std::string& status) {
  const auto checks = consul().get("/v1/health/node/" + role_node(redis(index).ip()));
  nlohmann::json operations = nlohmann::json::array();
  for (const auto& check : checks) {
    nlohmann::json changed;
    for (const char* field : {"Node", "CheckID", "Name", "ServiceID", "ServiceName"})
      changed[field] = check[field];
    changed["Status"] = status;
    operations.push_back({{"Check", {{"Verb", "set"}, {"Check", changed}}}});
  }
  if (operations.empty())
    throw std::logic_error("set_check: " + redis(index).name() + " has no role in Consul");
  consul().txn(operations);
}

DnsMessage Cluster::resolve(const std::string& name, DnsType type) { return consul().resolve(name, type); }

std::vector<std::string> Cluster::named_masters() {
  try {
    return resolve(master_service_name()).addresses();
  } catch (const TimeoutError&) {
    return {};
  }
}

void Cluster::wait_master_name(std::size_t index, std::chrono::milliseconds timeout) {
  const std::vector<std::string> wanted{redis(index).ip()};
  wait_until([&] { return named_masters() == wanted; }, timeout,
             master_service_name() + " to be " + wanted[0]);
}

}  // namespace rediscovery::testing
