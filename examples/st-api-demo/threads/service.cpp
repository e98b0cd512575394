#include "service.hpp"

#include <algorithm>

namespace st_api {

using rediscovery::ReadFrom;

PlaybackAnswer Service::issue(const PlaybackRequest& request) {
  if (const auto refusal = playback_.refuse(request)) return *refusal;
  const Deadline deadline(config_.deadline);

  const auto purchased = pool_.execute(has_purchased(request), deadline.left()).as<bool>();
  if (!purchased) return nothing_written(purchased.error());
  if (!*purchased) return Refusal::not_purchased;

  const Session planned = playback_.plan(request, now());
  const auto before = pool_.execute(write_session(planned, config_.session_lifetime), deadline.left());
  if (!before) return before.error();
  const auto session = Playback::settle(planned, *before);
  if (!session) return session.error();
  PlaybackAnswer answer = playback_.answer(request, *session);
  if (!std::holds_alternative<Issued>(answer)) return answer;

  const auto added = pool_.execute(add_to_history(*session), deadline.left());
  if (!added) return partly_written(added.error());
  // The next start will do it if this one cannot.
  (void)pool_.execute(trim_history(request.user, config_.history_length), deadline.left());
  return answer;
}

HistoryAnswer Service::history(const std::string& user, std::size_t limit) {
  const Deadline deadline(config_.deadline);
  if (config_.has_replicas()) {
    const auto sessions = to_sessions(
        pool_.execute(read_history(user, limit, ReadFrom::replica), share_for_replicas(config_.deadline)));
    if (sessions) return History{*sessions, "replica"};
  }
  const auto sessions =
      to_sessions(pool_.execute(read_history(user, limit, ReadFrom::master), deadline.left()));
  if (!sessions) return sessions.error();
  return History{*sessions, "master"};
}

Health Service::check() {
  HealthInput input;
  input.slow = config_.slow;
  auto sent = std::chrono::steady_clock::now();
  input.write = to_probe(pool_.execute(probe_write(), config_.status_deadline), sent);
  if (config_.has_replicas()) {
    sent = std::chrono::steady_clock::now();
    input.read = to_probe(pool_.execute(probe_read(ReadFrom::replica), config_.status_deadline), sent);
  }
  input.stats = pool_.stats();
  return judge(input);
}

}  // namespace st_api
