#include "redis/dialer.hpp"

#include <poll.h>

#include <utility>

#include "redis/read_file.hpp"

namespace rediscovery::redis {

// One dial under way. Its handle lives in a block of its own, because libuv frees it only a turn after it was
// closed.
class Dialer::Dial {
 public:
  Dial(Dialer& dialer, core::ConnectionId id, Handlers handlers)
      : dialer_(dialer), id_(id), handlers_(std::move(handlers)), identity_(dialer.access_.identity) {}
  ~Dial() { stop_watching(); }
  Dial(const Dial&) = delete;
  Dial& operator=(const Dial&) = delete;

  std::optional<Error> start(const core::Endpoint& endpoint) {
    auto started = Connection::start(endpoint, dialer_.access_.tls);
    if (!started) return started.error();
    connection_ = std::move(*started);
    poll_ = new uv_poll_t{};
    if (uv_poll_init(dialer_.loop_, poll_, connection_->fd()) != 0) {
      delete std::exchange(poll_, nullptr);
      return Error(ErrorCode::connection_lost, Executed::no,
                   endpoint.to_string() + ": the socket cannot be watched: too many open files");
    }
    poll_->data = this;
    // Within a host the connect is done by now, or refused: the handshake need not wait for a turn of the
    // loop. What is wrong is told in the next one.
    failure_ = go_on();
    wait_for(UV_READABLE | UV_WRITABLE);
    return std::nullopt;
  }

 private:
  void wait_for_more() {
    const short wanted = connection_->wanted();
    wait_for(((wanted & POLLIN) != 0 ? UV_READABLE : 0) | ((wanted & POLLOUT) != 0 ? UV_WRITABLE : 0));
  }

  void wait_for(int events) {
    uv_poll_start(poll_, events, [](uv_poll_t* poll, int status, int ready) {
      // A reset comes as a failing status without events, and libuv has stopped watching then; what it was,
      // the next read or write says.
      static_cast<Dial*>(poll->data)->step(status < 0 ? UV_READABLE | UV_WRITABLE : ready);
    });
  }

  void step(int events) {
    if (failure_) return finish(*failure_);
    if (const auto error = go_on()) return finish(*error);
    if (connection_->has_reached_server() && !std::exchange(told_connected_, true)) handlers_.connected();
    wait_for_more();
    if (appended_ && (events & UV_READABLE) != 0) read();
  }

  // As far as it goes without reading an answer.
  std::optional<Error> go_on() {
    if (!appended_) {
      const auto connected = connection_->connected();
      if (!connected) return connected.error();
      if (!*connected) return std::nullopt;
      for (const auto& command : handshake_.commands()) connection_->append(command);
      appended_ = true;
    }
    const auto sent = connection_->flush();
    if (!sent) return sent.error();
    return std::nullopt;
  }

  void read() {
    if (auto error = connection_->fill()) return finish(not_executed(*error));
    while (true) {
      auto reply = connection_->next_reply();
      if (!reply) return finish(not_executed(reply.error()));
      if (!reply->has_value()) return;
      if (auto result = handshake_.on_reply(std::move(**reply))) {
        if (*result) return finish(Dialled{std::move(connection_), std::move(**result)});
        return refused(result->error());
      }
    }
  }

  void refused(const Error& error) {
    std::string problem;
    if (error.code() == ErrorCode::authentication && dialer_.renew_password(identity_.password, problem)) {
      return start_again();
    }
    if (!problem.empty()) problem = "; " + problem;
    finish(Error(error.code(), Executed::no,
                 connection_->endpoint().to_string() + ": " + error.message() + problem));
  }

  void start_again() {
    stop_watching();
    identity_ = dialer_.access_.identity;
    handshake_ = Handshake(identity_);
    appended_ = false;
    const core::Endpoint endpoint = connection_->endpoint();
    if (const auto error = start(endpoint)) finish(*error);
  }

  // No command of a caller was on this connection.
  static Error not_executed(const Error& error) { return {error.code(), Executed::no, error.message()}; }

  void finish(Result<Dialled> result) {
    // Before anybody else gets the descriptor: libuv must not watch it twice.
    stop_watching();
    const auto done = std::move(handlers_.done);
    dialer_.cancel(id_);  // destroys this
    done(std::move(result));
  }

  void stop_watching() {
    if (poll_ == nullptr) return;
    uv_close(reinterpret_cast<uv_handle_t*>(std::exchange(poll_, nullptr)),
             [](uv_handle_t* handle) { delete reinterpret_cast<uv_poll_t*>(handle); });
  }

  Dialer& dialer_;
  const core::ConnectionId id_;
  Handlers handlers_;
  Identity identity_;  // the one that is used here: another dial may have renewed the dialer's
  Handshake handshake_{identity_};
  std::unique_ptr<Connection> connection_;
  uv_poll_t* poll_ = nullptr;
  std::optional<Error> failure_;  // of what start() has done at once
  bool told_connected_ = false;
  bool appended_ = false;
};

Dialer::Dialer(uv_loop_t* loop, Access access) : loop_(loop), access_(std::move(access)) {}

Dialer::~Dialer() = default;

std::optional<Error> Dialer::dial(core::ConnectionId id, const core::Endpoint& endpoint, Handlers handlers) {
  auto dial = std::make_unique<Dial>(*this, id, std::move(handlers));
  if (auto error = dial->start(endpoint)) return error;
  dials_.emplace(id, std::move(dial));
  return std::nullopt;
}

bool Dialer::renew_password(const std::string& used, std::string& problem) {
  const std::string& path = access_.password_file;
  if (path.empty()) return false;
  FileContent content = read_password(path);
  if (!content.problem.empty()) {
    problem = "password_file '" + path + "' " + content.problem;
    return false;
  }
  access_.identity.password = std::move(content.bytes);
  return access_.identity.password != used;
}

bool Dialer::cancel(core::ConnectionId id) { return dials_.erase(id) != 0; }

}  // namespace rediscovery::redis
