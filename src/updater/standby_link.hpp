// One connection to one Redis: connects, asks who it is, and stays, to be asked again or to be cut.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/standby_fsm.hpp"
#include "redis/connection.hpp"
#include "redis/handshake.hpp"
#include "updater/config.hpp"

namespace rediscovery::updater {

// The owner waits for the socket and for the deadline, and hands what happens to StandbyFsm. One thread.
class StandbyLink {
 public:
  using Event = core::StandbyFsm::Event;

  // The answers must be there by `deadline`.
  [[nodiscard]] static Result<StandbyLink> start(const core::Endpoint& endpoint,
                                                 const RedisSettings& settings, core::TimePoint deadline);

  [[nodiscard]] int fd() const { return connection_->fd(); }
  [[nodiscard]] short awaited() const { return connection_->wanted(); }
  // nullopt: nothing was asked.
  [[nodiscard]] std::optional<core::TimePoint> deadline() const { return deadline_; }

  // REQUIRES: deadline() is nullopt.
  void ask(core::TimePoint deadline);
  // What awaited() has brought: Opened, Answered, Cut, Failed; nullopt: nothing yet. After Cut and Failed the
  // link is only good for destruction.
  [[nodiscard]] std::optional<Event> proceed();
  // Why it failed, for people.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  enum class State : std::uint8_t { connecting, greeting, at_rest, asking };

  StandbyLink(std::unique_ptr<redis::Connection> connection, const redis::Identity& identity,
              core::TimePoint deadline);
  [[nodiscard]] std::optional<Event> read();
  [[nodiscard]] Event broken(const Error& error);

  std::unique_ptr<redis::Connection> connection_;
  redis::Handshake handshake_;
  State state_ = State::connecting;
  bool sent_ = true;
  std::optional<core::TimePoint> deadline_;
  std::optional<Error> error_;
};

}  // namespace rediscovery::updater
