// Callers that do not wait: what src/async/client_engine.* and redis/pipeline.* are to the real client, with
// Dispatcher as it is. Everything happens on the loop.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "engine/dispatcher.hpp"
#include "sim/front.hpp"

namespace rediscovery::sim {

class AsyncFront : public Front, private engine::DispatchPort {
 public:
  AsyncFront(Context& context, Cluster& cluster, Network& network, Ledger& ledger, Loop& loop,
             const AsyncSettings& settings);

  void execute(CommandKind kind, Duration timeout) override;
  void close() override;
  void published(NodeIndex node) override;
  [[nodiscard]] std::uint64_t messages() const override { return messages_; }
  void cut_off() override;
  [[nodiscard]] std::size_t connections() const override { return lines_.size(); }

  void opened(const ConnectionPtr& connection) override;
  void closed(core::ConnectionId id) override;
  void ask(const ConnectionPtr& connection, std::function<void(core::NodeReport)> done) override;
  void cut(Connection& connection, bool writes_only) override;
  void reported(core::ConnectionId id, const core::NodeReport& report) override {
    dispatcher_.reported(id, report, context_.now());
  }
  [[nodiscard]] std::optional<TimePoint> unanswered_since(const Connection& connection) const override {
    return dispatcher_.unanswered_since(connection.id);
  }
  [[nodiscard]] bool is_used() override { return dispatcher_.is_used(); }
  [[nodiscard]] std::optional<TimePoint> next_deadline() override { return dispatcher_.next_deadline(); }
  void turn(const std::string& trouble, const core::Work& work) override;

 private:
  // One command as it was written; or one of the library's own, see async_front.cpp.
  struct Written {
    CommandId command;
    std::size_t bytes;
  };
  struct Line {
    ConnectionPtr connection;
    std::deque<Written> unsent;        // in the connection's own buffer
    std::deque<CommandId> unanswered;  // the kernel has them
    std::size_t unread = 0;            // of these, by the node
    bool is_sending = true;
    bool is_discarded = false;
    bool is_subscribed = false;  // at the node
    core::NodeReport report;     // the last answer to a question
  };

  // DispatchPort
  std::size_t write(core::ConnectionId id, const Command& command) override;
  std::size_t stop_sending(core::ConnectionId id) override;
  void connect(std::uint64_t generation) override { loop_.connect(generation); }
  void check(core::ConnectionId id) override { loop_.check(id); }
  void discard(core::ConnectionId id, std::string_view reason) override;
  void drained(std::uint64_t) override {}
  void evidence(core::MasterFsm::Evidence evidence) override { loop_.evidence(std::move(evidence)); }
  void wake() override { loop_.wake(); }
  void has_news() override {}
  void ended(const Result<Reply>&, Duration) override {}
  void waited(Duration) override {}
  void retried() override { ++context_.totals.retries; }

  void handle(const core::PoolFsm::Event& event, const ConnectionPtr& joining) override;
  void flush(core::ConnectionId id, Line& line);
  void send(core::ConnectionId id, const LinkPtr& link, CommandId command);
  // The node's answer has been read; `report`, if it was the pool's own question.
  void replied(core::ConnectionId id, CommandId command, Reply reply, const core::NodeReport& report);
  [[nodiscard]] Reply answer_of(NodeIndex node, CommandId command);
  void heard(core::ConnectionId id, const Reply& reply);
  void told(const SubscriptionEvent& event);
  void done(CommandId command, TimePoint started, const Result<Reply>& result);
  // A caller's command may go where it is going now.
  void check_sending(const Connection& connection, CommandId command);
  void check_order(CommandId command);
  void check_bounds();

  const AsyncSettings settings_;
  std::map<core::ConnectionId, Line> lines_;
  std::set<CommandId> begun_;  // have been sent at all
  std::uint64_t messages_ = 0;
  bool is_told_ = false;                     // that it is subscribed
  std::uint64_t subscribed_in_ = 0;          // the generation
  std::optional<CommandId> last_of_switch_;  // while a new master is adopted: the last one that it got
  engine::Dispatcher dispatcher_;
};

}  // namespace rediscovery::sim
