#include "sentinel/subscription.hpp"

#include <poll.h>

#include <algorithm>
#include <memory>
#include <set>

#include <rediscovery/command.hpp>
#include <rediscovery/reply.hpp>

#include "core/backoff.hpp"
#include "redis/connection.hpp"
#include "redis/shown_error.hpp"
#include "sentinel/event.hpp"

namespace rediscovery::sentinel {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kConnectTimeout{1000};
// A vanished host sends no sign of it: a subscriber that hears nothing must ask. A Sentinel at work publishes
// every few minutes at most, so this is what finds dead connections; reconciling at an interval bounds the
// rest.
constexpr milliseconds kPingAfter{5000};
constexpr milliseconds kSilenceLimit{10000};
// A Sentinel that restarts is back within a second or two; a switch in that time must not be missed for long.
constexpr core::Backoff kReconnect{milliseconds(50), milliseconds(1000), 4};

enum class Woken : std::uint8_t { ready, timed_out, stopped };

Woken wait(int fd, short events, int stop_fd, core::TimePoint until) {
  while (true) {
    const auto left = std::chrono::duration_cast<milliseconds>(until - Clock::now()).count();
    if (left < 0) return Woken::timed_out;
    pollfd polls[2] = {{fd, events, 0}, {stop_fd, POLLIN, 0}};
    const int count = poll(polls, 2, static_cast<int>(std::min<long long>(left + 1, 60'000)));
    if (count > 0 && polls[1].revents != 0) return Woken::stopped;
    if (count > 0) return Woken::ready;
  }
}

const std::set<std::string>& subscribed_types() {
  static const auto types = [] {
    std::set<std::string> all(trigger_types().begin(), trigger_types().end());
    all.insert(failover_types().begin(), failover_types().end());
    return all;
  }();
  return types;
}

Command subscribe_command() {
  std::vector<std::string> words = {"PSUBSCRIBE"};
  for (const auto& type : subscribed_types()) words.push_back(type);
  return Command(std::move(words));
}

}  // namespace

Subscription::Subscription(core::Endpoint sentinel, const Settings& settings, Handlers handlers,
                           std::uint64_t seed)
    : sentinel_(std::move(sentinel)),
      credentials_(settings.credentials),
      tls_(settings.tls),
      handlers_(std::move(handlers)),
      rng_(seed) {}

void Subscription::run(int stop_fd) {
  bool reported = false;
  auto broken_since = Clock::now();
  while (true) {
    was_subscribed_ = false;
    const std::string why = listen(stop_fd);
    if (why.empty()) return;
    if (was_subscribed_) broken_since = Clock::now();
    if (was_subscribed_ || !reported) handlers_.lost(why);
    reported = true;
    const auto pause = kReconnect.after(Clock::now() - broken_since, rng_);
    if (wait(-1, 0, stop_fd, Clock::now() + pause) == Woken::stopped) return;
  }
}

std::string Subscription::listen(int stop_fd) {
  auto started = redis::Connection::start(sentinel_, tls_);
  if (!started) return started.error().message();
  const auto connection = std::move(*started);
  const auto connect_until = Clock::now() + kConnectTimeout;
  while (true) {
    const auto connected = connection->connected();
    if (!connected) return connected.error().message();
    if (*connected) break;
    const auto woken = wait(connection->fd(), connection->wanted(), stop_fd, connect_until);
    if (woken == Woken::stopped) return {};
    if (woken == Woken::timed_out)
      return connection->has_reached_server() ? "no TLS handshake in time" : "no TCP connection in time";
  }

  bool awaiting_auth = !credentials_.password.empty();
  if (awaiting_auth) {
    std::vector<std::string> words = {"AUTH", credentials_.user, credentials_.password};
    if (credentials_.user.empty()) words.erase(words.begin() + 1);
    connection->append(Command(std::move(words)));
  }
  connection->append(subscribe_command());

  std::size_t confirmed = 0;
  bool pinged = true;  // the subscription itself awaits an answer
  auto heard = Clock::now();
  while (true) {
    const auto sent = connection->flush();
    if (!sent) return sent.error().message();
    const auto silent_until = heard + (pinged ? kSilenceLimit : kPingAfter);
    const auto woken = wait(connection->fd(), connection->wanted(), stop_fd, silent_until);
    if (woken == Woken::stopped) return {};
    if (woken == Woken::timed_out) {
      if (pinged) return "silent for " + std::to_string(kSilenceLimit.count()) + " ms";
      connection->append(Command{"PING"});
      pinged = true;
      continue;
    }
    if (auto error = connection->fill()) return error->message();
    while (true) {
      auto next = connection->next_reply();
      if (!next) return next.error().message();
      if (!next->has_value()) break;
      const Reply& reply = **next;
      heard = Clock::now();
      pinged = confirmed < subscribed_types().size();
      if (reply.is_error()) {
        const bool needless =
            awaiting_auth && reply.text().find("without any password") != std::string_view::npos;
        if (!needless) return redis::shown_error(reply.text(), credentials_.password);
      }
      if (awaiting_auth) {
        awaiting_auth = false;
        continue;
      }
      const auto& parts = reply.elements();
      if (parts.size() == 3 && parts[0].text() == "psubscribe" && ++confirmed == subscribed_types().size()) {
        was_subscribed_ = true;
        pinged = false;
        handlers_.subscribed();
      } else if (parts.size() == 4 && parts[0].text() == "pmessage") {
        handlers_.event(std::string(parts[2].text()), std::string(parts[3].text()));
      }
    }
  }
}

}  // namespace rediscovery::sentinel
