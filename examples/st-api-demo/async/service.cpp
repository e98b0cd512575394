#include "service.hpp"

#include <utility>
#include <vector>

namespace st_api {

using rediscovery::Command;
using rediscovery::ReadFrom;

Task<PlaybackAnswer> AsyncService::issue(PlaybackRequest request) {
  if (const auto refusal = playback_.refuse(request)) co_return *refusal;
  const Deadline deadline(config_.deadline);

  const auto purchased = (co_await client_.execute(has_purchased(request), deadline.left())).as<bool>();
  if (!purchased) co_return nothing_written(purchased.error());
  if (!*purchased) co_return Refusal::not_purchased;

  const Session planned = playback_.plan(request, now());
  const auto before =
      co_await client_.execute(write_session(planned, config_.session_lifetime), deadline.left());
  if (!before) co_return before.error();
  const auto session = Playback::settle(planned, *before);
  if (!session) co_return session.error();
  PlaybackAnswer answer = playback_.answer(request, *session);
  if (!std::holds_alternative<Issued>(answer)) co_return answer;

  // Both leave in one write. That the second fails does not matter: the next start will do it.
  std::vector<Command> commands{add_to_history(*session), trim_history(request.user, config_.history_length)};
  const auto results = co_await client_.batch(std::move(commands), deadline.left());
  if (!results.front()) co_return partly_written(results.front().error());
  co_return answer;
}

Task<HistoryAnswer> AsyncService::history(std::string user, std::size_t limit) {
  const Deadline deadline(config_.deadline);
  if (config_.has_replicas()) {
    const auto sessions = to_sessions(co_await client_.execute(read_history(user, limit, ReadFrom::replica),
                                                               share_for_replicas(config_.deadline)));
    if (sessions) co_return History{*sessions, "replica"};
  }
  const auto sessions =
      to_sessions(co_await client_.execute(read_history(user, limit, ReadFrom::master), deadline.left()));
  if (!sessions) co_return sessions.error();
  co_return History{*sessions, "master"};
}

Task<Health> AsyncService::check() {
  HealthInput input;
  input.slow = config_.slow;
  auto sent = std::chrono::steady_clock::now();
  input.write = to_probe(co_await client_.execute(probe_write(), config_.status_deadline), sent);
  if (config_.has_replicas()) {
    sent = std::chrono::steady_clock::now();
    input.read =
        to_probe(co_await client_.execute(probe_read(ReadFrom::replica), config_.status_deadline), sent);
  }
  input.stats = client_.stats();
  co_return judge(input);
}

}  // namespace st_api
