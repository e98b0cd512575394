#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/file_descriptor.hpp"

namespace rediscovery::testing {

/// A port that refuses connections, and that nobody else can take meanwhile.
class ClosedPort {
 public:
  explicit ClosedPort(const std::string& ip, std::uint16_t port = 0);
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  FileDescriptor socket_;
  std::uint16_t port_ = 0;
};

/// A port that drops connection requests, as a dead host does: connects neither succeed nor fail.
class BlackHole {
 public:
  explicit BlackHole(const std::string& ip, std::uint16_t port = 0);
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  FileDescriptor listener_;
  std::vector<FileDescriptor> fillers_;
  std::uint16_t port_ = 0;
};

/// What a ScriptedTcp does after it has received something.
struct TcpAction {
  std::string bytes;  // sent; may be empty
  bool close = false;
  std::chrono::milliseconds delay{0};
  std::chrono::milliseconds pace{0};  // one byte at a time, and so long between them; 0: all at once
  bool subscribe = false;             // this connection gets what publish() sends from now on
};

/// A TCP server in a thread of the test that accepts every connection. Without a script it stays silent.
/// Thread-safe.
class ScriptedTcp {
 public:
  /// Gets the bytes as they come.
  using Handler = std::function<TcpAction(std::string_view)>;
  /// Gets Redis commands, one at a time.
  using CommandHandler = std::function<TcpAction(const std::vector<std::string>&)>;

  explicit ScriptedTcp(const std::string& ip, std::uint16_t port = 0);
  ScriptedTcp(const ScriptedTcp&) = delete;
  ScriptedTcp& operator=(const ScriptedTcp&) = delete;
  ~ScriptedTcp();

  [[nodiscard]] const std::string& ip() const;
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::string endpoint() const;

  /// The handlers run on the server's thread; the latest set one counts.
  void set_handler(Handler handler);
  void set_command_handler(CommandHandler handler);
  /// Sends these bytes for every line received.
  void answer_every_line(std::string bytes);
  /// Sends these bytes for every Redis command received.
  void answer_every_command(std::string bytes);
  /// Sends these bytes to every connection that has subscribed.
  void publish(std::string bytes);
  /// Closes what is connected now; `reset`: with RST instead of FIN.
  void close_connections(bool reset = false);

  [[nodiscard]] std::size_t accepted() const;
  [[nodiscard]] std::size_t connected() const;
  [[nodiscard]] std::size_t subscribed() const;
  [[nodiscard]] std::string received() const;  // by all connections together

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rediscovery::testing
