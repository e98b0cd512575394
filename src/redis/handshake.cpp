#include "redis/handshake.hpp"

#include "redis/node_report.hpp"

namespace rediscovery::redis {
namespace {

bool refuses_user(std::string_view error) {
  return error.starts_with("NOAUTH") || error.starts_with("WRONGPASS") || error.starts_with("NOPERM");
}

// Answers to whatever comes first on a connection, which is AUTH: they say nothing about the user.
bool refuses_everybody(std::string_view error) {
  return error.starts_with("ERR max number of clients") || error.starts_with("LOADING") ||
         error.starts_with("MASTERDOWN") || error.starts_with("BUSY");
}

// What may be shown of the answer to AUTH. A server that does not know the command repeats its arguments:
// "ERR unknown command 'AUTH', with args beginning with: 'secret'".
std::string without_secret(std::string_view error, const std::string& password) {
  const std::string_view shown = error.substr(0, error.find(", with args"));
  return shown.find(password) == std::string_view::npos ? std::string(shown) : "(it repeats the password)";
}

}  // namespace

Handshake::Handshake(const Identity& identity) {
  const auto add = [this](Step step, Command command) {
    steps_.push_back(step);
    commands_.push_back(std::move(command));
  };
  if (!identity.password.empty()) {
    add(Step::auth, identity.username.empty() ? Command{"AUTH", identity.password}
                                              : Command{"AUTH", identity.username, identity.password});
  }
  if (!identity.client_name.empty()) add(Step::set_name, {"CLIENT", "SETNAME", identity.client_name});
  if (identity.database != 0) add(Step::select, {"SELECT", std::to_string(identity.database)});
  add(Step::role, {"ROLE"});
  // Two commands, because one INFO takes several sections only since Redis 7.0.
  add(Step::info_server, {"INFO", "server"});
  add(Step::info_replication, {"INFO", "replication"});
}

std::optional<Result<core::NodeReport>> Handshake::on_reply(Reply reply) {
  const Step step = steps_[next_++];
  if (reply.is_error()) {
    const std::string text = step == Step::auth
                                 ? without_secret(reply.text(), commands_[next_ - 1].words().back())
                                 : std::string(reply.text());
    if (refuses_user(text) || (step == Step::auth && !refuses_everybody(text))) {
      return Error(ErrorCode::authentication, Executed::no, "the server refuses this user: " + text);
    }
    return Error(ErrorCode::server_error, Executed::no, "during the handshake: " + text);
  }
  switch (step) {
    case Step::auth:
    case Step::set_name:
    case Step::select:
      return std::nullopt;
    case Step::role:
      role_ = std::move(reply);
      return std::nullopt;
    case Step::info_server:
      info_server_ = reply.text();
      return std::nullopt;
    case Step::info_replication:
      break;
  }
  return read_node_report(role_, info_server_, reply.text());
}

}  // namespace rediscovery::redis
