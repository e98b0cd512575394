#include "sim/async_front.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

namespace rediscovery::sim {
namespace {

// The library's own commands.
constexpr CommandId kQuestion = 0;
constexpr CommandId kSubscribe = std::numeric_limits<CommandId>::max();
constexpr CommandId kPing = kSubscribe - 1;
constexpr const char* kChannel = "news";

bool is_callers(CommandId command) { return command != kQuestion && command < kPing; }

// The number that command_of() has put there, if it is a caller's.
CommandId id_of(const Command& command) {
  const auto& word = command.words().front();
  if (word == "ROLE") return kQuestion;
  if (word == "SUBSCRIBE") return kSubscribe;
  if (word == "PING") return kPing;
  return std::stoull(command.words().back());
}

// So that whoever gets the answer can tell whose it is.
Reply marked(const Reply& reply, CommandId command) {
  std::string text(reply.text());
  text += " #" + std::to_string(command);
  return reply.is_error() ? Reply::error(std::move(text)) : Reply::status(std::move(text));
}

}  // namespace

AsyncFront::AsyncFront(Context& context, Cluster& cluster, Network& network, Ledger& ledger, Loop& loop,
                       const AsyncSettings& settings)
    : Front(context, cluster, network, ledger, loop),
      settings_(settings),
      dispatcher_(static_cast<engine::DispatchPort&>(*this), settings.dispatch, context.rng.next(),
                  context.now()) {
  if (!settings.subscribes) return;
  dispatcher_.subscribe(
      1, {kChannel}, {}, [this](const SubscriptionEvent& event) { told(event); }, context.now());
}

// ---- callers ---------------------------------------------------------------------------------------------

void AsyncFront::execute(CommandKind kind, Duration timeout) {
  const TimePoint started = context_.now();
  const TimePoint deadline = started + timeout;
  const CommandId id = ledger_.open(kind, deadline);
  context_.note("command", id, [&] { return '#' + std::to_string(id) + ' ' + std::string(to_string(kind)); });
  loop_.soon([this, id, kind, started, deadline] {
    dispatcher_.execute(
        id, command_of(kind, id), deadline,
        [this, id, started](const Result<Reply>& result) { done(id, started, result); }, context_.now());
  });
  if (!context_.chance(3)) return;
  context_.scheduler.after(context_.between(0ms, timeout), [this, id] {
    loop_.soon([this, id] { dispatcher_.cancel(id, context_.now()); });
  });
}

void AsyncFront::done(CommandId command, TimePoint started, const Result<Reply>& result) {
  const std::string mark = " #" + std::to_string(command);
  if (result
          ? !result->text().ends_with(mark)
          : result.error().code() == ErrorCode::server_error && !result.error().message().ends_with(mark)) {
    context_.violated("command" + mark + " was given the answer to another");
  }
  if (!result &&
      result.error().spent().waiting + result.error().spent().answering > context_.now() - started) {
    context_.violated("command" + mark + " is said to have taken longer than it did");
  }
  // The wheel's tick, and the loop's own troubles.
  const TimePoint latest = std::max(ledger_.entries().at(command - 1).deadline, loop_.held_up_until()) + 1ms;
  ledger_.completed(command, result, latest);
}

void AsyncFront::close() {
  loop_.soon([this] { dispatcher_.close(context_.now()); });
}

void AsyncFront::cut_off() {
  dispatcher_.cut_off(context_.now());
  for (auto& [id, line] : lines_) network_.close(line.connection->link);
  lines_.clear();
}

void AsyncFront::turn(const std::string& trouble, const core::Work& work) {
  dispatcher_.deliver();
  for (auto& [id, line] : lines_) flush(id, line);
  dispatcher_.set_background(trouble, work);
  check_bounds();
}

// ---- connections -----------------------------------------------------------------------------------------

void AsyncFront::opened(const ConnectionPtr& connection) {
  lines_[connection->id].connection = connection;
  dispatcher_.opened(connection->id, context_.now());
}

void AsyncFront::closed(core::ConnectionId id) {
  dispatcher_.on_lost(id, "the connection was closed", context_.now());
  const auto line = lines_.extract(id);
  if (line) network_.close(line.mapped().connection->link);
}

void AsyncFront::ask(const ConnectionPtr& connection, std::function<void(core::NodeReport)> done) {
  const auto answer = [this, id = connection->id, done = std::move(done)](const Reply&) {
    done(lines_.at(id).report);
  };
  dispatcher_.ask(connection->id, {Command{"ROLE"}}, answer, context_.now());
}

void AsyncFront::cut(Connection& connection, bool writes_only) {
  if (writes_only) {
    const Line& line = lines_.at(connection.id);
    const auto in_doubt = [&](CommandId command) {
      if (is_callers(command) && ledger_.entries().at(command - 1).kind != CommandKind::read) {
        ledger_.answered(command, false);
      }
    };
    for (const CommandId command : line.unanswered) in_doubt(command);
    for (const Written& written : line.unsent) in_doubt(written.command);
  }
  dispatcher_.cut(connection.id, writes_only, context_.now());
}

void AsyncFront::discard(core::ConnectionId id, std::string_view reason) {
  Line& line = lines_.at(id);
  line.is_discarded = true;
  loop_.discard(line.connection, std::string(reason));
}

void AsyncFront::handle(const core::PoolFsm::Event& event, const ConnectionPtr& /*joining*/) {
  if (std::holds_alternative<core::PoolFsm::Adopted>(event)) last_of_switch_ = 0;
  dispatcher_.pool(event, context_.now());
  last_of_switch_.reset();
}

// ---- what is written, and what comes back ----------------------------------------------------------------

std::size_t AsyncFront::write(core::ConnectionId id, const Command& command) {
  Line& line = lines_.at(id);
  const CommandId number = id_of(command);
  if (is_callers(number)) {
    check_sending(*line.connection, number);
    if (!line.is_sending) context_.violated("a command was written where nothing is sent any more");
    ledger_.sent(number);
    context_.note("send", number, [&] {
      return '#' + std::to_string(number) + " to " +
             cluster_.node(line.connection->node).endpoint.to_string();
    });
  }
  const std::size_t bytes = 10 + number % 7;
  line.unsent.push_back({number, bytes});
  return bytes;
}

std::size_t AsyncFront::stop_sending(core::ConnectionId id) {
  const auto found = lines_.find(id);
  if (found == lines_.end()) return 0;
  Line& line = found->second;
  line.is_sending = false;
  for (const CommandId command : line.unanswered) {
    if (is_callers(command)) ledger_.answered(command, false);
  }
  std::size_t bytes = 0;
  for (const Written& written : line.unsent) {
    bytes += written.bytes;
    if (is_callers(written.command)) ledger_.taken_back(written.command);
  }
  // The kernel may have taken a part of the first one.
  return bytes == 0 ? 0 : bytes - context_.pick(line.unsent.front().bytes);
}

void AsyncFront::flush(core::ConnectionId id, Line& line) {
  while (line.is_sending && !line.unsent.empty() && line.unread < settings_.window) {
    const CommandId command = line.unsent.front().command;
    line.unsent.pop_front();
    line.unanswered.push_back(command);
    ++line.unread;
    send(id, line.connection->link, command);
  }
}

void AsyncFront::send(core::ConnectionId id, const LinkPtr& link, CommandId command) {
  network_.request(link, [this, id, link, command] {
    const Reply reply = answer_of(link->node, command);
    network_.respond(link, [this, id, command, reply, report = cluster_.report(link->node)] {
      loop_.soon([this, id, command, reply, report] { replied(id, command, reply, report); });
    });
    const auto line = lines_.find(id);
    if (line == lines_.end()) return;
    if (command == kSubscribe) line->second.is_subscribed = true;
    if (line->second.unread-- == settings_.window) loop_.soon([] {});  // it takes more in its next turn
  });
}

Reply AsyncFront::answer_of(NodeIndex node, CommandId command) {
  const auto text = [](const char* word) { return Reply::string(word); };
  if (command == kQuestion) return Reply::status("ROLE");
  if (command == kSubscribe) return Reply::array({text("subscribe"), text(kChannel), Reply::integer(1)});
  if (command == kPing) return Reply::array({text("pong"), text("")});
  return cluster_.execute(node, command, ledger_.entries().at(command - 1).kind);
}

void AsyncFront::replied(core::ConnectionId id, CommandId command, Reply reply,
                         const core::NodeReport& report) {
  const auto found = lines_.find(id);
  if (found == lines_.end() || !found->second.is_sending) return;
  Line& line = found->second;
  if (line.unanswered.front() != command) return context_.violated("answers came in another order");
  line.unanswered.pop_front();
  if (command == kQuestion) {
    line.report = report;
  } else if (is_callers(command)) {
    ledger_.answered(command, proves_not_executed(reply));
    reply = marked(reply, command);
  }
  heard(id, reply);
}

void AsyncFront::heard(core::ConnectionId id, const Reply& reply) {
  dispatcher_.on_bytes(id, context_.now());
  dispatcher_.on_reply(id, reply, context_.now());
}

// ---- subscriptions ---------------------------------------------------------------------------------------

void AsyncFront::published(NodeIndex node) {
  for (const auto& [id, line] : lines_) {
    if (!line.is_subscribed || line.connection->node != node) continue;
    network_.respond(line.connection->link, [this, id = id] {
      loop_.soon([this, id] {
        if (!lines_.contains(id)) return;
        heard(id, Reply::array({Reply::string("message"), Reply::string(kChannel), Reply::string("")}));
      });
    });
  }
}

void AsyncFront::told(const SubscriptionEvent& event) {
  using Kind = SubscriptionEvent::Kind;
  context_.note("subscription", event.generation, [&] {
    return event.kind == Kind::subscribed ? "subscribed"
           : event.kind == Kind::message  ? "message"
                                          : "interrupted";
  });
  if (event.kind == Kind::subscribed) {
    if (std::exchange(is_told_, true)) context_.violated("was told twice that it is subscribed");
    if (event.generation < std::exchange(subscribed_in_, event.generation))
      context_.violated("was subscribed at a master of an older generation");
  } else {
    if (!is_told_) context_.violated("was told of a subscription that had not begun");
    if (event.generation != subscribed_in_) context_.violated("heard an older master");
    if (event.kind == Kind::interrupted) is_told_ = false;
  }
  if (event.kind != Kind::message) return;
  ++messages_;
  ++context_.totals.messages;
}

// ---- invariants ------------------------------------------------------------------------------------------

void AsyncFront::check_sending(const Connection& connection, CommandId command) {
  const bool may_go_to_replicas = settings_.dispatch.read_from != ReadFrom::master &&
                                  ledger_.entries().at(command - 1).kind == CommandKind::read;
  if (connection.has_joined) {
    if (settings_.dispatch.read_from == ReadFrom::replica && !settings_.dispatch.replica_fallback &&
        may_go_to_replicas) {
      context_.violated("a read for replicas alone went to the master");
    }
    check_usable(connection, dispatcher_.connections());
  } else if (!may_go_to_replicas) {
    context_.violated("a command that is for the master went to a standby");
  } else {
    // By what it last said on this very connection; or it has just said that it is the new master.
    if (connection.report.role == core::Role::replica && !connection.report.master_link_up)
      context_.violated("a read went to a replica that has lost its master");
    check_named(connection);
    ++context_.totals.replica_reads;
  }
  if (!may_go_to_replicas) check_order(command);
}

void AsyncFront::check_order(CommandId command) {
  if (begun_.insert(command).second && *begun_.rbegin() != command) {
    context_.violated("a command was sent for the first time after one that was asked for later");
  }
  if (last_of_switch_ && command < *std::exchange(last_of_switch_, command)) {
    context_.violated("a new master got what waited for it in another order than it was asked for");
  }
}

void AsyncFront::check_bounds() {
  const core::PoolFsm& fsm = dispatcher_.connections();
  std::size_t current = 0;
  for (const auto& [id, line] : lines_) {
    const ConnectionPtr& connection = line.connection;
    if (connection->has_joined && !line.is_discarded && connection->generation == fsm.generation()) ++current;
    const auto carried = std::count_if(line.unanswered.begin(), line.unanswered.end(), is_callers) +
                         std::count_if(line.unsent.begin(), line.unsent.end(),
                                       [](const Written& written) { return is_callers(written.command); });
    if (static_cast<std::size_t>(carried) > settings_.dispatch.max_in_flight) {
      context_.violated("more than max_in_flight");
    }
  }
  // One more, for subscriptions, or because it proved that the master is the same.
  if (current > settings_.dispatch.pipelines + 1) context_.violated("more connections than pipelines");
}

}  // namespace rediscovery::sim
