// What writes: a Pool with some threads, or an AsyncClient.
#pragma once

#include <memory>
#include <string>

#include <rediscovery/options.hpp>

#include "chaos/recorder.hpp"

namespace rediscovery::chaos {

struct ClientSettings {
  std::string name;
  Options options;
  unsigned threads = 1;
  int rate = 200;  // writes a second of all threads together
};

class Client {
 public:
  Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  // Stops writing; all writes have ended when it returns.
  virtual ~Client() = default;
};

[[nodiscard]] std::unique_ptr<Client> make_pool(const ClientSettings& settings, Recorder& recorder);
[[nodiscard]] std::unique_ptr<Client> make_async(const ClientSettings& settings, Recorder& recorder);

}  // namespace rediscovery::chaos
