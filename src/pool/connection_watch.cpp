#include "pool/connection_watch.hpp"

#include "engine/loop.hpp"

namespace rediscovery {

ConnectionWatch::ConnectionWatch(uv_loop_t* loop, std::shared_ptr<PooledConnection> connection, OnEnd on_end)
    : connection_(std::move(connection)), on_end_(std::move(on_end)), poll_(new uv_poll_t{}) {
  if (uv_poll_init(loop, poll_, connection_->link->fd()) != 0) {
    delete poll_;
    poll_ = nullptr;
    return;
  }
  poll_->data = this;
  listen(UV_DISCONNECT);
}

ConnectionWatch::~ConnectionWatch() {
  if (poll_ == nullptr) return;
  // The handle keeps the connection alive until libuv has let go of its descriptor.
  poll_->data = new std::shared_ptr<PooledConnection>(std::move(connection_));
  uv_close(reinterpret_cast<uv_handle_t*>(poll_), [](uv_handle_t* handle) {
    delete static_cast<std::shared_ptr<PooledConnection>*>(handle->data);
    delete reinterpret_cast<uv_poll_t*>(handle);
  });
}

void ConnectionWatch::listen(int events) {
  if (poll_ == nullptr) return;
  uv_poll_start(poll_, events, [](uv_poll_t* poll, int status, int ready) {
    static_cast<ConnectionWatch*>(poll->data)->ready(status, ready);
  });
}

void ConnectionWatch::ask_role(OnRole done) {
  on_role_ = std::move(done);
  connection_->asked(engine::now());
  connection_->link->append({"ROLE"});
  const auto sent = connection_->link->flush();
  if (!sent || !*sent || poll_ == nullptr) {
    // A handful of bytes that an idle socket does not take: it is as good as gone.
    answer(sent ? Error(ErrorCode::connection_lost, Executed::no, "the socket takes no data") : sent.error());
    return;
  }
  listen(UV_READABLE | UV_DISCONNECT);
}

void ConnectionWatch::give_up_asking() {
  answer(Error(ErrorCode::timeout, Executed::maybe,
               connection_->link->endpoint().to_string() + ": ROLE was not answered in time"));
}

void ConnectionWatch::ready(int status, int events) {
  // Either callback may destroy this watch.
  if (on_role_ && (events & UV_READABLE) != 0) return read_role();
  if (status == 0 && (events & UV_DISCONNECT) == 0) return;
  uv_poll_stop(poll_);
  if (on_role_) {
    return answer(Error(ErrorCode::connection_lost, Executed::maybe,
                        connection_->link->endpoint().to_string() + ": closed by the server"));
  }
  if (const OnEnd on_end = std::exchange(on_end_, nullptr)) on_end();
}

void ConnectionWatch::read_role() {
  if (auto error = connection_->link->fill()) return answer(*error);
  auto reply = connection_->link->next_reply();
  if (!reply) return answer(reply.error());
  if (!reply->has_value()) return;
  answer(std::move(**reply));
}

void ConnectionWatch::answer(Result<Reply> role) {
  connection_->answered();
  listen(UV_DISCONNECT);
  const OnRole on_role = std::exchange(on_role_, nullptr);
  on_role(std::move(role));
}

}  // namespace rediscovery
