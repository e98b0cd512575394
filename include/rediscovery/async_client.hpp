// AsyncClient: many commands under way on few connections to the Redis master that a DNS name stands for.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <rediscovery/awaitable.hpp>
#include <rediscovery/command.hpp>
#include <rediscovery/error.hpp>
#include <rediscovery/export.hpp>
#include <rediscovery/options.hpp>
#include <rediscovery/reply.hpp>
#include <rediscovery/result.hpp>
#include <rediscovery/stats.hpp>
#include <rediscovery/subscription.hpp>
#include <rediscovery/transaction.hpp>

struct uv_loop_s;  // libuv's uv_loop_t

namespace rediscovery {

struct UseFuture {};
inline constexpr UseFuture use_future;

// Finds, verifies and follows the master as Pool does, and what Pool promises about a command (pool.hpp)
// holds here, too: never twice, never silently, within its own time. What differs is that nobody waits:
// commands are put behind each other on Options::pipelines connections, and those of one turn of the loop
// leave in one write.
//
// Order. On one connection (pipelines = 1, the default) commands are sent in the order of the calls of a
// thread, and answered in that order. When the master moves or the connection is lost, what was certainly not
// executed, or may run twice, is sent again in the same order and before everything younger; but a command
// may be answered by the old master after an older one has been moved to the new one; a read that the old one
// leaves unanswered, or what the master refuses for a while (NOREPLICAS, BUSY, TRYAGAIN), is sent again after
// younger ones that were neither.
//
// Threads. There are two ways to live:
//   AsyncClient(options)         has a thread of its own. Everything may be called from any thread; callbacks
//                                and coroutines go on on the client's thread, and must not block it.
//   AsyncClient(options, loop)   has no thread. Everything, but stats(), is to be called on the thread that
//                                runs `loop`; callbacks are called there, between two waits of the loop.
// A callback is called exactly once and must not throw. It is not called from inside the call that asked for
// it, but for what the loop never sees: a timeout that is not positive, an empty batch, a closed client. It
// may call anything here but, on the client's own thread, the destructor.
//
// A process that is forked from this one cannot use the client: commands fail with `forked`, from inside the
// call, and close() and the destructor leave everything to the parent. The child makes a client of its own.
class REDISCOVERY_EXPORT AsyncClient {
 public:
  using Callback = std::function<void(Result<Reply>)>;
  using BatchCallback = std::function<void(std::vector<Result<Reply>>)>;
  // Names a command that is under way; never used again.
  using Ticket = std::uint64_t;

  // Starts looking for the master and returns at once: neither DNS nor Redis need to be there yet.
  // Throws InvalidOptions for a configuration that cannot work; std::system_error or std::runtime_error if
  // the system has no thread, descriptor or memory left for it.
  explicit AsyncClient(const Options& options);
  // The same on the caller's loop, which must live until the client is destroyed and has run once more after
  // that: libuv frees its handles a turn later. An open client keeps uv_run() from returning.
  AsyncClient(const Options& options, uv_loop_s* loop);
  // close(). On the caller's loop also from inside a callback.
  ~AsyncClient();
  AsyncClient(const AsyncClient&) = delete;
  AsyncClient& operator=(const AsyncClient&) = delete;

  // Runs one command on the master; `timeout` (> 0) is for everything together, as in Pool::execute().
  // Commands that change the connection (MULTI, SELECT, SUBSCRIBE, …) or may block (BLPOP, …) are refused
  // with `invalid_argument`: they need a Pool's lease. A reply that is not there in time is evidence that the
  // master hangs only if nothing at all came from it since the command was sent.
  Ticket execute(Command command, std::chrono::milliseconds timeout, Callback done);
  // Not to be waited for on the thread that runs the loop.
  [[nodiscard]] std::future<Result<Reply>> execute(Command command, std::chrono::milliseconds timeout,
                                                   UseFuture);
  // For co_await.
  [[nodiscard]] Awaitable<Result<Reply>> execute(Command command, std::chrono::milliseconds timeout);

  // The same for a transaction, whose result is EXEC's reply; see transaction.hpp for what is tried again.
  Ticket execute(Transaction transaction, std::chrono::milliseconds timeout, Callback done);
  [[nodiscard]] std::future<Result<Reply>> execute(Transaction transaction, std::chrono::milliseconds timeout,
                                                   UseFuture);
  [[nodiscard]] Awaitable<Result<Reply>> execute(Transaction transaction, std::chrono::milliseconds timeout);

  // Several commands and one completion, with their results in the order of the commands. They are as many
  // calls of execute(), and no transaction: each succeeds, fails and is tried again by itself.
  void batch(std::vector<Command> commands, std::chrono::milliseconds timeout, BatchCallback done);
  [[nodiscard]] Awaitable<std::vector<Result<Reply>>> batch(std::vector<Command> commands,
                                                            std::chrono::milliseconds timeout);

  // Subscribes to channels, and to patterns in the manner of PSUBSCRIBE, over a connection of its own that
  // all subscriptions share and that moves with the master. To none of both: does nothing.
  [[nodiscard]] Subscription subscribe(std::vector<std::string> channels, std::vector<std::string> patterns,
                                       SubscriptionHandler handler);

  // The command's callback is called with `cancelled`; what was sent already may have been executed. Nothing
  // happens to a command that has been completed.
  void cancel(Ticket ticket);

  // Commands that wait fail with `closed`. Those that were sent are waited for until `grace` has passed (with
  // a thread of the client's own; on the caller's loop, there is no grace), and fail then. All callbacks have
  // been called when this returns, except on the client's own thread: there it returns at once, and they are
  // called soon. Idempotent. Commands after it fail with `closed`, from inside the call.
  void close(std::chrono::milliseconds grace = std::chrono::milliseconds(0));

  // A snapshot, from any thread.
  [[nodiscard]] Stats stats() const;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace rediscovery
