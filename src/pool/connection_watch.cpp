#include "pool/connection_watch.hpp"

#include "engine/loop.hpp"

namespace rediscovery {

ConnectionWatch::ConnectionWatch(uv_loop_t* loop, std::shared_ptr<PooledConnection> connection)
    : connection_(std::move(connection)), poll_(new uv_poll_t{}) {
  if (uv_poll_init(loop, poll_, connection_->link->fd()) != 0) {
    delete poll_;
    poll_ = nullptr;
    return;
  }
  poll_->data = this;
  connection_->link->wait_in_reads();
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

void ConnectionWatch::ask(OnReport done) {
  question_ = std::make_unique<Question>(Question{redis::Handshake::question(), std::move(done)});
  for (const auto& command : question_->handshake.commands()) connection_->link->append(command);
  const auto sent = connection_->link->flush();
  // A handful of bytes that an idle socket does not take: it is as good as gone. The loop says so next turn.
  if (!sent || !*sent) connection_->link->shut_down();
  listen(UV_READABLE | UV_DISCONNECT);
}

void ConnectionWatch::ready(int status, int events) {
  // The handlers may destroy this watch: nothing is touched after them.
  if (question_ && (events & UV_READABLE) != 0) return read();
  if (status != 0 || (events & UV_DISCONNECT) != 0) end();
}

void ConnectionWatch::read() {
  if (auto error = connection_->link->fill()) {
    return error->code() == ErrorCode::connection_lost ? end() : answer(*error);
  }
  while (true) {
    auto reply = connection_->link->next_reply();
    if (!reply) return answer(reply.error());
    if (!reply->has_value()) return;
    if (auto report = question_->handshake.on_reply(std::move(**reply))) return answer(std::move(*report));
  }
}

void ConnectionWatch::answer(Result<core::NodeReport> report) {
  // A connection that has ended meanwhile is seen again with the next turn of the loop.
  listen(UV_DISCONNECT);
  const std::unique_ptr<Question> question = std::move(question_);
  question->done(std::move(report));
}

void ConnectionWatch::end() {
  uv_poll_stop(poll_);
  question_.reset();
  if (const OnEnd on_end = std::exchange(on_end_, nullptr)) on_end();
}

}  // namespace rediscovery
