// Simulated TCP between pools and nodes: latency, order, partitions, resets, and who is told of an end.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "sim/cluster.hpp"

namespace rediscovery::sim {

using PoolIndex = std::size_t;

// One connection. Bytes are not lost and not reordered: a partition holds them up.
struct Link {
  PoolIndex pool = 0;
  NodeIndex node = 0;
  bool client_open = true;
  bool server_open = true;
  bool is_forgotten = false;
  TimePoint last_to_node{}, last_to_client{};
  std::deque<Task> held_to_node, held_to_client;
  std::optional<TimePoint> unacknowledged_since;
  Task on_end;  // the client's: its kernel has learnt that the other side is gone
};
using LinkPtr = std::shared_ptr<Link>;

class Network {
 public:
  Network(Context& context, Cluster& cluster, Duration latency_low, Duration latency_high);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // `done` gets the connection, or null if it is refused. It is not called at all if nothing answers.
  void connect(PoolIndex pool, NodeIndex node, std::function<void(LinkPtr)> done);
  // Runs `at_node` when the bytes have arrived and the process has come to read them; never, if it ends
  // first.
  void request(const LinkPtr& link, Task at_node);
  // Runs `at_client` when the answer has arrived; never, if the client has closed the connection by then.
  void respond(const LinkPtr& link, Task at_client);
  // By the client. What it has sent before still arrives and is executed.
  void close(const LinkPtr& link);
  // Somebody in between ends it for both sides.
  void reset(PoolIndex pool, NodeIndex node);

  // Something in between acknowledges all that comes, and passes nothing on any more: connections that look
  // alive for ever, beside new ones that are.
  void forget(PoolIndex pool, NodeIndex node);

  // Holds up what goes to the node, what comes from it, or both; replaces what was blocked before.
  void block(PoolIndex pool, NodeIndex node, bool to_node, bool to_client);
  void heal_all();

 private:
  struct Path {
    bool to_node_blocked = false;
    bool to_client_blocked = false;
  };
  enum class Way : std::uint8_t { to_node, to_client };

  static bool forget_if_over(Link& link);
  void transmit(const LinkPtr& link, Way way, Task task);
  void arrive(const LinkPtr& link, Way way, Task task);
  void hold(const LinkPtr& link, Way way, Task task);
  void release(const LinkPtr& link);
  void send_again(const LinkPtr& link, Way way);
  void acknowledge(Link& link);
  void end_by_server(const LinkPtr& link);
  void end_at_client(const LinkPtr& link);
  void cut_clients(NodeIndex node);
  [[nodiscard]] bool is_blocked(const Link& link, Way way);
  Path& path(PoolIndex pool, NodeIndex node) { return paths_[{pool, node}]; }
  [[nodiscard]] Duration latency() { return context_.between(latency_low_, latency_high_); }

  Context& context_;
  Cluster& cluster_;
  const Duration latency_low_, latency_high_;
  std::map<std::pair<PoolIndex, NodeIndex>, Path> paths_;
  std::vector<LinkPtr>
      links_;  // in the order in which they were opened; the closed ones are dropped now and then
};

}  // namespace rediscovery::sim
