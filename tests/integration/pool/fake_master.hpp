#pragma once

#include <functional>
#include <string>
#include <vector>

#include "support/scripted_tcp.hpp"

namespace rediscovery::testing {

/// Shakes hands as a Redis master does, and answers every other command as the test says: for what a real
/// Redis does not do on demand. Thread-safe.
class FakeMaster {
 public:
  using Answer = std::function<TcpAction(const std::vector<std::string>&)>;

  /// `history` is the master_replid: of 40 hexadecimal digits. Until told otherwise it answers OK.
  FakeMaster(const std::string& ip, std::string history);

  /// `other` runs on the server's thread.
  void answer(Answer other);
  /// These bytes for every command but the handshake's.
  void answer(std::string bytes);
  /// These bytes for every command of the handshake as well.
  void answer_all(std::string bytes) { server_.answer_every_command(std::move(bytes)); }

  [[nodiscard]] ScriptedTcp& server() { return server_; }
  [[nodiscard]] std::string endpoint() const { return server_.endpoint(); }

 private:
  std::string history_;
  ScriptedTcp server_;
};

/// A bulk string of the Redis protocol.
std::string bulk(const std::string& text);

}  // namespace rediscovery::testing
