// Between the updater and a real Consul: a test sees every request, and decides what becomes of it.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "support/address_block.hpp"
#include "support/consul.hpp"
#include "support/scripted_tcp.hpp"

namespace rediscovery::testing {

class ConsulProxy {
 public:
  struct Request {
    std::string method;
    std::string path;
    std::string body;
  };
  // Called on the proxy's thread, for one request at a time.
  struct Hooks {
    // Before Consul gets it. What it returns is the whole answer, and Consul does not get it.
    std::function<std::optional<TcpAction>(const Request&)> before = [](const Request&) {
      return std::optional<TcpAction>();
    };
    // After Consul has answered, and before the updater knows.
    std::function<void(const Request&)> after = [](const Request&) {};
  };

  ConsulProxy(AddressBlock& addresses, const Consul& consul);

  [[nodiscard]] std::string endpoint() const { return server_.endpoint(); }
  void set_hooks(Hooks hooks);

 private:
  TcpAction receive(std::string_view bytes);

  const Consul& consul_;
  std::mutex mutex_;
  Hooks hooks_;           // guarded by mutex_
  std::string unparsed_;  // server's thread only
  ScriptedTcp server_;    // last: its thread uses the rest
};

// The bytes of an answer, after which the connection is closed.
[[nodiscard]] TcpAction http_answer(const std::string& status, const std::string& body);

}  // namespace rediscovery::testing
