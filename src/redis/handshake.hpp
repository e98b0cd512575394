// What is said on every new connection before its first command: who we are, and who are you.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <rediscovery/command.hpp>
#include <rediscovery/reply.hpp>
#include <rediscovery/result.hpp>

#include "core/node_report.hpp"

namespace rediscovery::redis {

// Who we are to the server, and how we talk. An empty password, name or a zero database sends nothing.
struct Identity {
  std::string username;
  std::string password;
  std::string client_name;
  std::uint32_t database = 0;
  std::uint32_t protocol = 2;  // 3: HELLO takes the place of AUTH
};

// HELLO or AUTH, CLIENT SETNAME, SELECT, then ROLE and INFO, all sent at once: knowing the node costs no
// extra round trip. No I/O here: the owner sends commands() and feeds the replies in their order.
class Handshake {
 public:
  // For a new connection. Also tells which library this is (CLIENT SETINFO), whatever the server says to
  // that: it is known since Redis 7.2.
  explicit Handshake(const Identity& identity);
  // For one that has been greeted: who are you now?
  [[nodiscard]] static Handshake question();

  [[nodiscard]] const std::vector<Command>& commands() const { return commands_; }

  // nullopt: more replies are to come. Else the node's report, or why there is none: `authentication` when
  // the server refuses the user, the password, the protocol or one of these commands, `server_error` and
  // `protocol` for anything else. Executed is `no`: the caller's command was not sent. Not to be called after
  // a result.
  [[nodiscard]] std::optional<Result<core::NodeReport>> on_reply(Reply reply);

 private:
  enum class Step : std::uint8_t {
    hello,
    auth,
    set_name,
    select,
    role,
    set_info,
    info_server,
    info_replication
  };

  Handshake() = default;
  void add(Step step, Command command);
  [[nodiscard]] Error refused(Step step, std::string_view text) const;

  std::string password_;  // never to be shown
  std::vector<Step> steps_;
  std::vector<Command> commands_;
  std::size_t next_ = 0;
  Reply role_;
  std::string info_server_;
};

}  // namespace rediscovery::redis
