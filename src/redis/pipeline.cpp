#include "redis/pipeline.hpp"

#include <new>
#include <utility>

namespace rediscovery::redis {

Pipeline::Pipeline(uv_loop_t* loop, std::unique_ptr<Connection> connection, Handlers handlers)
    : connection_(std::move(connection)), handlers_(std::move(handlers)), poll_(new uv_poll_t{}) {
  if (uv_poll_init(loop, poll_, connection_->fd()) != 0) {
    delete poll_;
    throw std::bad_alloc();  // the dialer has watched the same descriptor a moment ago
  }
  poll_->data = this;
  connection_->on_push(handlers_.push);
  listen(UV_READABLE | UV_DISCONNECT);
}

Pipeline::~Pipeline() {
  // The handle keeps the connection alive until libuv has let go of its descriptor.
  connection_->on_push(nullptr);
  poll_->data = connection_.release();
  uv_close(reinterpret_cast<uv_handle_t*>(poll_), [](uv_handle_t* handle) {
    delete static_cast<Connection*>(handle->data);
    delete reinterpret_cast<uv_poll_t*>(handle);
  });
}

void Pipeline::listen(int events) {
  if (std::exchange(listening_, events) == events) return;
  uv_poll_start(poll_, events, [](uv_poll_t* poll, int status, int ready) {
    static_cast<Pipeline*>(poll->data)->ready(status, ready);
  });
}

std::size_t Pipeline::stop_sending() {
  is_sending_ = false;
  return connection_->unsent();
}

void Pipeline::flush() {
  if (!is_sending_) return;
  // A connection that has failed cannot be written to, and has yet to be read to its end: what the server
  // answered before it went counts. Reading says when that is.
  const auto sent = connection_->flush();
  const bool is_blocked = sent && !*sent;
  listen(UV_READABLE | UV_DISCONNECT | (is_blocked ? UV_WRITABLE : 0));
}

void Pipeline::ready(int status, int events) {
  // A reset comes as a failing status, and libuv has stopped watching then; what it was, reading says.
  if (status != 0) listening_ = 0;
  flush();
  if (status == 0 && (events & (UV_READABLE | UV_DISCONNECT)) == 0) return;
  const auto failed = connection_->fill();
  if (!failed) handlers_.bytes();
  while (true) {
    auto reply = connection_->next_reply();
    if (!reply) return end(reply.error());
    if (!reply->has_value()) break;
    handlers_.reply(std::move(**reply));
  }
  if (failed) end(*failed);
}

void Pipeline::end(const Error& error) {
  uv_poll_stop(poll_);
  is_sending_ = false;  // or a flush() may watch it again
  // Moved out: it may destroy this.
  const auto ended = std::move(handlers_.ended);
  ended(error);
}

}  // namespace rediscovery::redis
