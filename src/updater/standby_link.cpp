#include "updater/standby_link.hpp"

#include <poll.h>

namespace rediscovery::updater {

using core::StandbyFsm;

Result<StandbyLink> StandbyLink::start(const core::Endpoint& endpoint, const RedisSettings& settings,
                                       core::TimePoint deadline) {
  auto connection = redis::Connection::start(endpoint, settings.tls);
  if (!connection) return connection.error();
  return StandbyLink(std::move(*connection), settings.identity, deadline);
}

StandbyLink::StandbyLink(std::unique_ptr<redis::Connection> connection, const redis::Identity& identity,
                         core::TimePoint deadline)
    : connection_(std::move(connection)), handshake_(identity), deadline_(deadline) {}

void StandbyLink::ask(core::TimePoint deadline) {
  handshake_ = redis::Handshake::question();
  for (const auto& command : handshake_.commands()) connection_->append(command);
  // Sent at once, and not after the owner's next wait: the answer is what everybody waits for. What the
  // socket does not take, or an error, comes up in proceed().
  const auto sent = connection_->flush();
  sent_ = sent && *sent;
  state_ = State::asking;
  deadline_ = deadline;
}

std::optional<StandbyLink::Event> StandbyLink::proceed() {
  if (state_ == State::connecting) {
    const auto connected = connection_->connected();
    if (!connected) return broken(connected.error());
    if (!*connected) return std::nullopt;
    for (const auto& command : handshake_.commands()) connection_->append(command);
    state_ = State::greeting;
    sent_ = false;
  }
  if (!sent_) {
    const auto sent = connection_->flush();
    if (!sent) return broken(sent.error());
    sent_ = *sent;
  }
  pollfd readable{connection_->fd(), POLLIN, 0};
  return poll(&readable, 1, 0) > 0 ? read() : std::nullopt;
}

std::optional<StandbyLink::Event> StandbyLink::read() {
  if (const auto error = connection_->fill()) return broken(*error);
  while (true) {
    auto reply = connection_->next_reply();
    if (!reply) return broken(reply.error());
    if (!reply->has_value()) return std::nullopt;
    if (state_ == State::at_rest) return broken(Error(ErrorCode::protocol, Executed::no, "unasked answer"));
    auto report = handshake_.on_reply(std::move(**reply));
    if (!report) continue;
    if (!*report) {
      const auto& error = report->error();
      error_ =
          Error(error.code(), Executed::no, connection_->endpoint().to_string() + ": " + error.message());
      return StandbyFsm::Failed{connection_->endpoint()};
    }
    const bool greeted = state_ == State::greeting;
    state_ = State::at_rest;
    deadline_.reset();
    if (greeted) return StandbyFsm::Opened{connection_->endpoint(), std::move(**report)};
    return StandbyFsm::Answered{connection_->endpoint(), std::move(**report)};
  }
}

// A connection that was good before was cut; one that never was has failed.
StandbyLink::Event StandbyLink::broken(const Error& error) {
  error_ = error;
  if (state_ == State::connecting || state_ == State::greeting) {
    return StandbyFsm::Failed{connection_->endpoint()};
  }
  return StandbyFsm::Cut{connection_->endpoint()};
}

}  // namespace rediscovery::updater
