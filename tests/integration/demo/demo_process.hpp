// scripts/demo's program with its page, under a keeper.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/address_block.hpp"
#include "support/file_descriptor.hpp"
#include "support/server.hpp"

namespace rediscovery::testing {

class DemoProcess : public Server {
 public:
  using Headers = std::multimap<std::string, std::string>;
  struct Answer {
    int status = 0;  // 0: none
    std::string text;
    Headers headers;

    [[nodiscard]] nlohmann::json body() const { return nlohmann::json::parse(text, nullptr, false); }
    [[nodiscard]] std::string header(const std::string& name) const;
  };

  DemoProcess(Keeper& keeper, std::string name, std::vector<std::string> arguments);

  // The page is served.
  [[nodiscard]] bool ready() override { return page_port() != 0; }
  [[nodiscard]] std::uint16_t page_port() const;
  // The exit code; -1 for a signal.
  int wait_exit(std::chrono::milliseconds timeout = std::chrono::seconds(30));

  // Host is the page's own unless it is given.
  [[nodiscard]] Answer request(const std::string& method, const std::string& path,
                               const Headers& headers = {}) const;
  [[nodiscard]] Answer get(const std::string& path) const { return request("GET", path); }
  [[nodiscard]] Answer press(const std::string& fault) const {
    return request("POST", "/faults/" + fault, {{"X-Rediscovery", "demo"}});
  }
  [[nodiscard]] Answer press_gate(const std::string& order) const {
    return request("POST", "/gate/" + order, {{"X-Rediscovery", "demo"}});
  }
  // The bytes as they are, and what is answered until the connection ends.
  [[nodiscard]] std::string raw(const std::string& bytes) const;

  [[nodiscard]] nlohmann::json state() const { return get("/state").body(); }
  // Presses it as soon as it is possible, waits until it is over, and returns its summary.
  nlohmann::json let_happen(const std::string& fault);

 protected:
  [[nodiscard]] Program program() const override;

 private:
  std::vector<std::string> arguments_;
};

// One who watches /events.
class DemoViewer {
 public:
  explicit DemoViewer(const DemoProcess& demo);
  // The next event of that name; others are skipped. Throws TimeoutError.
  nlohmann::json next(const std::string& name);
  // The names of the first `count` events.
  std::vector<std::string> names(std::size_t count);
  [[nodiscard]] int status();

 private:
  struct Event {
    std::string name;
    nlohmann::json data;
  };
  Event read();
  void receive();

  FileDescriptor socket_;
  std::string received_;
};

}  // namespace rediscovery::testing
