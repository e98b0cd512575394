#include "commands.hpp"

#include <algorithm>

#include "log.hpp"

namespace st_api {

using rediscovery::Command;
using rediscovery::Error;
using rediscovery::Executed;
using rediscovery::ReadFrom;
using rediscovery::Reply;
using rediscovery::Result;

std::chrono::milliseconds Deadline::left() const {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(at_ - std::chrono::steady_clock::now());
  return std::max(left, std::chrono::milliseconds(1));
}

Command has_purchased(const PlaybackRequest& request) {
  return Command{"SISMEMBER", "purchases:" + request.user, request.content};
}

Command write_session(const Session& session, std::chrono::seconds lifetime) {
  return Command{"SET", "session:" + session.id,         to_record(session), "NX", "GET",
                 "EX",  std::to_string(lifetime.count())}
      .idempotent();
}

Command add_to_history(const Session& session) {
  // The ID in front, then the record: two starts within a second are two members.
  return Command{"ZADD", "history:" + session.user,
                 std::to_string(session.started.time_since_epoch().count()),
                 session.id + " " + to_record(session)}
      .idempotent();
}

Command trim_history(const std::string& user, std::size_t length) {
  return Command{"ZREMRANGEBYRANK", "history:" + user, "0", "-" + std::to_string(length + 1)}.idempotent();
}

Command read_history(const std::string& user, std::size_t limit, ReadFrom nodes) {
  return Command{"ZREVRANGE", "history:" + user, "0", std::to_string(limit - 1)}.from(nodes);
}

Result<std::vector<Session>> to_sessions(const Result<Reply>& reply) {
  const auto members = reply.as<std::vector<std::string>>();
  if (!members) return members.error();
  std::vector<Session> sessions;
  for (const std::string& member : *members) {
    const auto space = member.find(' ');
    if (space == std::string::npos) continue;
    if (auto session = from_record(member.substr(0, space), std::string_view(member).substr(space + 1))) {
      sessions.push_back(*std::move(session));
    }
  }
  return sessions;
}

Command probe_write() { return Command{"SET", "st-api:probe", "", "PX", "1000"}.idempotent(); }

Command probe_read(ReadFrom nodes) { return Command{"EXISTS", "st-api:probe"}.from(nodes); }

Error nothing_written(const Error& error) {
  return Error(error.code(), Executed::no, error.message()).with(error.spent());
}

Error partly_written(const Error& error) {
  return Error(error.code(), Executed::maybe, error.message()).with(error.spent());
}

}  // namespace st_api
