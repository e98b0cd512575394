#include "mover.hpp"

#include <future>
#include <stdexcept>
#include <thread>

namespace rediscovery::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Many times what a replica needs for what is on its way, and an updater for a promotion.
constexpr auto kPause = 2ms;

void expect(const testing::RedisReply& reply, const char* what) {
  if (reply.is_error()) throw std::runtime_error(std::string(what) + ": " + reply.text);
}

}  // namespace

Mover::Mover(testing::Cluster& cluster) : cluster_(cluster), tls_(cluster.options().redis_credentials.tls) {
  for (std::size_t i = 0; i < cluster_.redis_count(); ++i)
    connections_.push_back(cluster_.redis(i).connect(5s));
}

void Mover::prepare(std::size_t node, const std::vector<std::string>& master) {
  auto& connection = connections_.at(node);
  expect(connection.command({"MULTI"}), "MULTI");
  expect(connection.command({"SLAVEOF", master[0], master[1]}), "SLAVEOF");
  expect(connection.command({"CLIENT", "KILL", "TYPE", "normal"}), "CLIENT KILL");
  expect(connection.command({"CLIENT", "UNPAUSE"}), "CLIENT UNPAUSE");
  expect(connection.command({"ROLE"}), "ROLE");
}

Mover::TimePoint Mover::execute(std::size_t node) {
  expect(connections_.at(node).command({"EXEC"}), "EXEC");
  return Clock::now();
}

Mover::Moved Mover::move(bool with_floor) {
  const std::size_t old = master_;
  const std::size_t fresh = 1 - master_;
  const std::vector<std::string> wanted{cluster_.redis(fresh).ip()};
  const std::string key = "floor:" + std::to_string(++moves_);
  expect(connections_.at(old).command({"CLIENT", "PAUSE", "10000", "WRITE"}), "CLIENT PAUSE");
  prepare(fresh, {"NO", "ONE"});
  prepare(old, {wanted.front(), "6379"});
  Moved moved;

  std::this_thread::sleep_for(kPause);
  moved.role = execute(fresh);
  std::this_thread::sleep_for(kPause);

  // On a thread of its own: DNS may show it before the transaction is answered.
  auto registered = std::async(std::launch::async, [&] { cluster_.register_roles(fresh); });
  const auto deadline = Clock::now() + 10s;
  while (cluster_.named_masters() != wanted) {
    if (Clock::now() > deadline) throw std::runtime_error("DNS does not show the new master within 10 s");
  }
  moved.name = Clock::now();
  if (with_floor) moved.floor = run_floor(key);

  moved.cut = execute(old);
  registered.get();
  master_ = fresh;
  return moved;
}

Mover::TimePoint Mover::run_floor(const std::string& key) {
  const auto addresses = cluster_.resolve(cluster_.master_service_name()).addresses();
  Link link(tls_, addresses.at(0));
  std::vector<std::vector<std::string>> commands;
  const auto& credentials = cluster_.options().redis_credentials;
  if (!credentials.password.empty()) commands.push_back({"AUTH", credentials.user, credentials.password});
  commands.push_back({"SET", key, "1"});
  if (const auto answer = link.round_trip(commands); answer != "+OK")
    throw std::runtime_error("the floor's write: " + answer);
  return Clock::now();
}

void Mover::wait_linked() {
  testing::wait_until([this] { return cluster_.redis(1 - master_).linked_to(master().ip()); }, 20s,
                      "the old master to be linked to the new one", 1ms);
}

std::vector<std::string> Mover::missing(const std::vector<std::string>& keys) {
  if (keys.empty()) return {};
  std::vector<std::string> command{"MGET"};
  command.insert(command.end(), keys.begin(), keys.end());
  const auto found = connections_.at(master_).command(command);
  if (found.elements.size() != keys.size()) throw std::runtime_error("MGET: " + found.to_string());
  std::vector<std::string> gone;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (found.elements[i].is_nil()) gone.push_back(keys[i]);
  }
  return gone;
}

}  // namespace rediscovery::bench
