#include "redis/dialer.hpp"

#include <optional>
#include <string>

namespace rediscovery::redis {

// One dial under way. Its two handles live in a block of their own, because libuv frees them only a turn
// after they were closed.
class Dialer::Dial {
 public:
  Dial(Dialer& dialer, Callback done)
      : dialer_(dialer), done_(std::move(done)), handshake_(dialer.identity_) {}
  ~Dial() {
    if (handles_ != nullptr) close_handles();
  }
  Dial(const Dial&) = delete;
  Dial& operator=(const Dial&) = delete;

  void start(const core::Endpoint& endpoint, std::chrono::milliseconds timeout) {
    endpoint_ = endpoint;
    timeout_ = timeout;
    handles_ = new Handles;
    uv_timer_init(dialer_.loop_, &handles_->timer);
    handles_->timer.data = this;
    auto started = Connection::start(endpoint);
    if (!started) {
      // Told from the loop and not from here: the caller is still in the middle of asking.
      immediate_error_ = started.error();
      uv_timer_start(&handles_->timer, on_timer, 0, 0);
      return;
    }
    connection_ = std::move(*started);
    uv_update_time(dialer_.loop_);
    uv_timer_start(&handles_->timer, on_timer, static_cast<std::uint64_t>(timeout.count()), 0);
    if (uv_poll_init(dialer_.loop_, &handles_->poll, connection_->fd()) != 0) {
      immediate_error_ = Error(ErrorCode::connection_lost, Executed::no, "too many open files");
      uv_timer_start(&handles_->timer, on_timer, 0, 0);
      return;
    }
    handles_->polling = true;
    handles_->poll.data = this;
    uv_poll_start(&handles_->poll, UV_WRITABLE, on_poll);
  }

 private:
  struct Handles {
    uv_poll_t poll{};
    uv_timer_t timer{};
    bool polling = false;
    int open = 0;
  };

  static void on_timer(uv_timer_t* timer) { static_cast<Dial*>(timer->data)->timed_out(); }
  static void on_poll(uv_poll_t* poll, int status, int events) {
    // A reset comes as a failing status without events, and libuv has stopped watching then; what it was, the
    // next read or write says.
    static_cast<Dial*>(poll->data)->step(status < 0 ? UV_READABLE | UV_WRITABLE : events);
  }

  void timed_out() {
    if (immediate_error_) return finish(*immediate_error_);
    finish(Error(ErrorCode::timeout, Executed::no,
                 endpoint_.to_string() +
                     (connected_ ? " accepts connections but does not answer within "
                                 : " cannot be connected within ") +
                     std::to_string(timeout_.count()) + " ms"));
  }

  void step(int events) {
    if (!connected_) {
      const auto done = connection_->connected();
      if (!done) return finish(done.error());
      if (!*done) return;
      connected_ = true;
      for (const auto& command : handshake_.commands()) connection_->append(command);
    }
    if (!sent_) {
      const auto sent = connection_->flush();
      if (!sent) return finish(sent.error());
      sent_ = *sent;
      uv_poll_start(&handles_->poll, sent_ ? UV_READABLE : UV_READABLE | UV_WRITABLE, on_poll);
    }
    if ((events & UV_READABLE) != 0) read();
  }

  void read() {
    if (auto error = connection_->fill()) return finish(not_executed(*error));
    while (true) {
      auto reply = connection_->next_reply();
      if (!reply) return finish(not_executed(reply.error()));
      if (!reply->has_value()) {
        uv_poll_start(&handles_->poll, UV_READABLE, on_poll);
        return;
      }
      if (auto result = handshake_.on_reply(std::move(**reply))) {
        if (!*result) {
          return finish(Error(result->error().code(), Executed::no,
                              endpoint_.to_string() + ": " + result->error().message()));
        }
        Dialled dialled{std::move(connection_), std::move(**result)};
        return finish(std::move(dialled));
      }
    }
  }

  // No command of a caller was on this connection.
  static Error not_executed(const Error& error) { return {error.code(), Executed::no, error.message()}; }

  void finish(Result<Dialled> result) {
    // Before anybody else gets the descriptor: libuv must not watch it twice.
    close_handles();
    const Callback done = std::move(done_);
    dialer_.finish(this);  // destroys this
    done(std::move(result));
  }

  void close_handles() {
    Handles* handles = std::exchange(handles_, nullptr);
    const auto closed = [](uv_handle_t* handle) {
      auto* block = static_cast<Handles*>(handle->data);
      if (--block->open == 0) delete block;
    };
    handles->open = handles->polling ? 2 : 1;
    handles->timer.data = handles;
    handles->poll.data = handles;
    uv_close(reinterpret_cast<uv_handle_t*>(&handles->timer), closed);
    if (handles->polling) uv_close(reinterpret_cast<uv_handle_t*>(&handles->poll), closed);
  }

  Dialer& dialer_;
  Callback done_;
  Handshake handshake_;
  core::Endpoint endpoint_;
  std::chrono::milliseconds timeout_{};
  std::unique_ptr<Connection> connection_;
  Handles* handles_ = nullptr;
  std::optional<Error> immediate_error_;
  bool connected_ = false;
  bool sent_ = false;
};

Dialer::Dialer(uv_loop_t* loop, Identity identity) : loop_(loop), identity_(std::move(identity)) {}

Dialer::~Dialer() = default;

void Dialer::dial(const core::Endpoint& endpoint, std::chrono::milliseconds timeout, Callback done) {
  auto dial = std::make_unique<Dial>(*this, std::move(done));
  Dial* started = dial.get();
  dials_.emplace(started, std::move(dial));
  started->start(endpoint, timeout);
}

void Dialer::finish(Dial* dial) { dials_.erase(dial); }

}  // namespace rediscovery::redis
