#include <rediscovery/async_client.hpp>

#include <atomic>
#include <mutex>
#include <optional>
#include <utility>

#include "engine/loop.hpp"
#include "pool/client_engine.hpp"
#include "pool/fork_mark.hpp"
#include "pool/pool_plan.hpp"

namespace rediscovery {

// The way to the engine: at once on the caller's loop, by way of an inbox from other threads.
class AsyncClient::State : public std::enable_shared_from_this<AsyncClient::State> {
 public:
  explicit State(const Options& options) : loop_(std::make_unique<engine::Loop>()) {
    // Waited for, so that what cannot be made is the constructor's exception and not the end of the process.
    const redis::Access access = rediscovery::access(options);
    loop_->run([&] { engine_ = ClientEngine::make(loop_->uv(), options, access); });
  }
  State(const Options& options, uv_loop_s* loop)
      : engine_(ClientEngine::make(loop, options, access(options))) {}

  [[nodiscard]] bool is_forked() const noexcept { return fork_mark_.is_forked(); }

  Ticket execute(core::Request asked, std::chrono::milliseconds timeout, Callback done) {
    const Ticket ticket = last_ticket_.fetch_add(1, std::memory_order_relaxed) + 1;
    if (auto error = refuse(timeout)) {
      done(*error);
      return ticket;
    }
    const core::TimePoint now = engine::now();
    Request request{ticket, std::move(asked), now, core::saturating_add(now, timeout), std::move(done)};
    if (!loop_ || loop_->is_this_thread()) {
      // The engine is closed only when the callbacks of this turn have returned.
      if (loop_ && is_closed()) {
        refuse_closed(request);
      } else {
        take(request, request.asked_at);
      }
    } else {
      submit(std::move(request));
    }
    return ticket;
  }

  void cancel(Ticket ticket) {
    run([this, ticket] { engine_->cancel(ticket); });
  }

  Subscription subscribe(std::vector<std::string> channels, std::vector<std::string> patterns,
                         SubscriptionHandler handler) {
    const Ticket id = last_ticket_.fetch_add(1, std::memory_order_relaxed) + 1;
    run([this, id, channels = std::move(channels), patterns = std::move(patterns),
         handler = std::move(handler)]() mutable {
      engine_->subscribe(id, channels, patterns, std::move(handler));
    });
    return Subscription([state = weak_from_this(), id] {
      if (const auto self = state.lock())
        self->run([&engine = *self->engine_, id] { engine.unsubscribe(id); });
    });
  }

  void close(std::chrono::milliseconds grace) {
    if (is_forked()) return;
    if (!loop_) return engine_->close();
    bool is_first = false;
    {
      const std::lock_guard lock(mutex_);
      is_first = !std::exchange(is_closed_, true);
    }
    if (loop_->is_this_thread()) {
      loop_->post([this] { engine_->close(); });
      return;
    }
    if (is_first && grace.count() > 0) finish(grace);
    loop_->stop([this] {
      take_all();
      engine_->close();
    });
  }

  [[nodiscard]] Stats stats() {
    if (is_forked()) return {};
    return engine_->stats();
  }

 private:
  struct Request {
    Ticket ticket;
    core::Request asked;
    core::TimePoint asked_at;
    core::TimePoint deadline;
    Callback done;
  };

  [[nodiscard]] std::optional<Error> refuse(std::chrono::milliseconds timeout) const {
    if (is_forked()) {
      return Error(ErrorCode::forked, Executed::no,
                   "this client belongs to the process that this one was forked from: make a client of your "
                   "own");
    }
    if (timeout <= std::chrono::milliseconds::zero()) {
      return Error(ErrorCode::invalid_argument, Executed::no, "the timeout must be greater than 0 ms");
    }
    return std::nullopt;
  }

  // On the loop's thread, after what was asked for before.
  void run(std::function<void()> task) {
    if (is_forked()) return;
    if (!loop_ || loop_->is_this_thread()) return task();
    loop_->post([this, task = std::move(task)] {
      take_all();
      task();
    });
  }

  void submit(Request request) {
    {
      const std::unique_lock lock(mutex_);
      if (!is_closed_) {
        inbox_.push_back(std::move(request));
        // Whoever finds it empty rings; the others' commands are taken with it.
        if (inbox_.size() == 1) loop_->post([this] { take_all(); });
        return;
      }
    }
    refuse_closed(request);
  }

  [[nodiscard]] bool is_closed() {
    const std::lock_guard lock(mutex_);
    return is_closed_;
  }

  static void refuse_closed(const Request& request) {
    request.done(Error(ErrorCode::closed, Executed::no, "the client is closed"));
  }

  void take(Request& request, core::TimePoint now) {
    engine_->execute(request.ticket, std::move(request.asked), request.deadline, std::move(request.done), now,
                     request.asked_at);
  }

  void take_all() {
    {
      const std::lock_guard lock(mutex_);
      taken_.swap(inbox_);
    }
    const core::TimePoint now = engine::now();
    for (Request& request : taken_) take(request, now);
    taken_.clear();
  }

  void finish(std::chrono::milliseconds grace) {
    const auto idle = std::make_shared<std::promise<void>>();
    loop_->post([this, idle] {
      take_all();
      engine_->finish([idle] { idle->set_value(); });
    });
    idle->get_future().wait_until(core::saturating_add(engine::now(), grace));
  }

  const ForkMark fork_mark_;
  std::atomic<Ticket> last_ticket_{0};
  std::mutex mutex_;
  std::vector<Request> inbox_;            // guarded by mutex_
  bool is_closed_ = false;                // guarded by mutex_
  std::vector<Request> taken_;            // the loop's
  std::shared_ptr<ClientEngine> engine_;  // constant once it is there
  std::unique_ptr<engine::Loop> loop_;    // null: the caller's
};

namespace {

std::pair<AsyncClient::Callback, std::future<Result<Reply>>> promised() {
  const auto promise = std::make_shared<std::promise<Result<Reply>>>();
  return {[promise](Result<Reply> result) { promise->set_value(std::move(result)); }, promise->get_future()};
}

}  // namespace

Subscription::Subscription(std::function<void()> end) : end_(std::move(end)) {}
Subscription::~Subscription() { unsubscribe(); }
Subscription::Subscription(Subscription&& other) noexcept : end_(std::exchange(other.end_, nullptr)) {}
Subscription& Subscription::operator=(Subscription&& other) noexcept {
  Subscription ended(std::move(*this));
  end_ = std::exchange(other.end_, nullptr);
  return *this;
}

void Subscription::unsubscribe() {
  if (const auto end = std::exchange(end_, nullptr)) end();
}

AsyncClient::AsyncClient(const Options& options) {
  options.validate();
  state_ = std::make_shared<State>(options);
}

AsyncClient::AsyncClient(const Options& options, uv_loop_s* loop) {
  options.validate();
  state_ = std::make_shared<State>(options, loop);
}

AsyncClient::~AsyncClient() {
  if (state_->is_forked()) {
    new std::shared_ptr<State>(std::move(state_));  // left as it is, for good: see ForkMark
    return;
  }
  close();
}

AsyncClient::Ticket AsyncClient::execute(Command command, std::chrono::milliseconds timeout, Callback done) {
  return state_->execute(std::move(command), timeout, std::move(done));
}

AsyncClient::Ticket AsyncClient::execute(Transaction transaction, std::chrono::milliseconds timeout,
                                         Callback done) {
  return state_->execute(std::move(transaction), timeout, std::move(done));
}

std::future<Result<Reply>> AsyncClient::execute(Command command, std::chrono::milliseconds timeout,
                                                UseFuture) {
  auto [done, future] = promised();
  execute(std::move(command), timeout, std::move(done));
  return std::move(future);
}

std::future<Result<Reply>> AsyncClient::execute(Transaction transaction, std::chrono::milliseconds timeout,
                                                UseFuture) {
  auto [done, future] = promised();
  execute(std::move(transaction), timeout, std::move(done));
  return std::move(future);
}

Awaitable<Result<Reply>> AsyncClient::execute(Command command, std::chrono::milliseconds timeout) {
  return Awaitable<Result<Reply>>([this, command = std::move(command), timeout](Callback done) mutable {
    execute(std::move(command), timeout, std::move(done));
  });
}

Awaitable<Result<Reply>> AsyncClient::execute(Transaction transaction, std::chrono::milliseconds timeout) {
  return Awaitable<Result<Reply>>(
      [this, transaction = std::move(transaction), timeout](Callback done) mutable {
        execute(std::move(transaction), timeout, std::move(done));
      });
}

void AsyncClient::batch(std::vector<Command> commands, std::chrono::milliseconds timeout,
                        BatchCallback done) {
  struct Batch {
    std::vector<Result<Reply>> results;
    std::atomic<std::size_t> left;
    BatchCallback done;
  };
  if (commands.empty()) return done({});
  const Result<Reply> nothing{Reply()};
  auto* batch = new Batch{{commands.size(), nothing}, {commands.size()}, std::move(done)};
  for (std::size_t i = 0; i < commands.size(); ++i) {
    // Small enough for std::function to keep it without an allocation.
    execute(std::move(commands[i]), timeout, [batch, i](Result<Reply> result) {
      batch->results[i] = std::move(result);
      if (--batch->left > 0) return;
      const std::unique_ptr<Batch> owned(batch);
      owned->done(std::move(owned->results));
    });
  }
}

Awaitable<std::vector<Result<Reply>>> AsyncClient::batch(std::vector<Command> commands,
                                                         std::chrono::milliseconds timeout) {
  return Awaitable<std::vector<Result<Reply>>>(
      [this, commands = std::move(commands), timeout](BatchCallback done) mutable {
        batch(std::move(commands), timeout, std::move(done));
      });
}

Subscription AsyncClient::subscribe(std::vector<std::string> channels, std::vector<std::string> patterns,
                                    SubscriptionHandler handler) {
  if (channels.empty() && patterns.empty()) return {};
  return state_->subscribe(std::move(channels), std::move(patterns), std::move(handler));
}

void AsyncClient::cancel(Ticket ticket) { state_->cancel(ticket); }

void AsyncClient::close(std::chrono::milliseconds grace) {
  const std::shared_ptr<State> state = state_;  // a callback may destroy the client
  state->close(grace);
}

Stats AsyncClient::stats() const { return state_->stats(); }

}  // namespace rediscovery
