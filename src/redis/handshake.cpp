#include "redis/handshake.hpp"

#include "redis/node_report.hpp"
#include "redis/shown_error.hpp"
#include "redis/version.hpp"

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

Command hello(const Identity& identity) {
  std::vector<std::string> words = {"HELLO", "3"};
  if (!identity.password.empty()) {
    words.insert(words.end(),
                 {"AUTH", identity.username.empty() ? "default" : identity.username, identity.password});
  }
  return Command(std::move(words));
}

}  // namespace

Handshake::Handshake(const Identity& identity) : password_(identity.password) {
  if (identity.protocol == 3) {
    add(Step::hello, hello(identity));
  } else if (!identity.password.empty()) {
    add(Step::auth, identity.username.empty() ? Command{"AUTH", identity.password}
                                              : Command{"AUTH", identity.username, identity.password});
  }
  if (!identity.client_name.empty()) add(Step::set_name, {"CLIENT", "SETNAME", identity.client_name});
  if (identity.database != 0) add(Step::select, {"SELECT", std::to_string(identity.database)});
  // Not first, because the first answer may be that there is none for anybody ("max number of clients"), and
  // what is said to these does not matter.
  const Handshake question = Handshake::question();
  for (std::size_t i = 0; i < question.steps_.size(); ++i) {
    add(question.steps_[i], question.commands_[i]);
    if (question.steps_[i] != Step::role) continue;
    add(Step::set_info, {"CLIENT", "SETINFO", "LIB-NAME", "rediscovery"});
    add(Step::set_info, {"CLIENT", "SETINFO", "LIB-VER", std::string(kVersion)});
  }
}

Handshake Handshake::question() {
  Handshake question;
  question.add(Step::role, {"ROLE"});
  // Two commands, because one INFO takes several sections only since Redis 7.0.
  question.add(Step::info_server, {"INFO", "server"});
  question.add(Step::info_replication, {"INFO", "replication"});
  return question;
}

void Handshake::add(Step step, Command command) {
  steps_.push_back(step);
  commands_.push_back(std::move(command));
}

Error Handshake::refused(Step step, std::string_view text) const {
  const bool logs_in = step == Step::hello || step == Step::auth;
  const std::string shown = shown_error(text, password_);
  if (refuses_everybody(text) || (!logs_in && !refuses_user(text))) {
    return {ErrorCode::server_error, Executed::no, "during the handshake: " + shown};
  }
  const bool refuses_protocol = step == Step::hello && !refuses_user(text);
  return {
      ErrorCode::authentication, Executed::no,
      (refuses_protocol ? "the server does not speak RESP3, which protocol 3 is and Redis knows since 6.0: "
                        : "the server refuses this user: ") +
          shown};
}

std::optional<Result<core::NodeReport>> Handshake::on_reply(Reply reply) {
  const Step step = steps_[next_++];
  if (step == Step::set_info) return std::nullopt;
  if (reply.is_error()) return refused(step, reply.text());
  switch (step) {
    case Step::hello:
    case Step::auth:
    case Step::set_name:
    case Step::select:
    case Step::set_info:
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
  auto report = read_node_report(role_, info_server_, reply.text());
  if (report) return report;
  const Error& error = report.error();
  return Error(error.code(), error.executed(), shown_error(error.message(), password_));
}

}  // namespace rediscovery::redis
