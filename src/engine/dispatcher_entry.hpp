// What Dispatcher keeps of a command and of a connection; for its own source files.
#pragma once

#include <functional>
#include <optional>

#include "engine/dispatcher.hpp"

namespace rediscovery::engine {

struct Dispatcher::Entry : core::DeadlineWheel::Timer {
  Entries::iterator self;
  Ticket ticket = 0;
  std::optional<core::Request> request;  // a caller's; none: the library's own, or abandoned by its caller
  std::optional<core::Attempts> attempts;
  Done done;
  std::function<void(Reply)> answer;  // the library's own
  std::optional<Result<Reply>> result;
  core::TimePoint started{};
  core::TimePoint deadline{};
  core::TimePoint since{};  // it has waited, or been in flight
  core::Work work_before;   // when it began to wait
  TimeSpent spent;
  core::Duration took{};  // until it was finished
  std::size_t size = 0;   // as it counts for max_bytes
  std::size_t bytes = 0;  // as it was written
  std::size_t replies_due = 1;
  Link* link = nullptr;                // in flight there
  core::ConnectionId answered_on = 0;  // with a reply that is no error
  ReadFrom from = ReadFrom::master;
  bool was_alone = false;  // when it was sent, nothing else was in flight on its link
  bool is_paused = false;
  bool is_waiting = false;  // in one of the two queues
};

struct Dispatcher::Link {
  core::ConnectionId id = 0;
  core::WaiterId lane = 0;  // that was lent it; 0: none, it is no member of the pool
  std::uint64_t generation = 0;
  bool is_open = false;  // takes commands
  // Its lane's connection before has not answered everything yet: what came later would overtake it.
  bool follows_another = false;
  core::TimePoint check_at{};
  std::optional<core::TimePoint> retire_at;
  core::TimePoint heard_at{};
  bool is_fit = false;                             // a replica that may be read from
  core::Duration latency = core::Duration::max();  // of late; the largest: not known yet
  Entries in_flight;                               // in the order in which they were written
};

}  // namespace rediscovery::engine
