// The page and what it needs, on loopback.
#pragma once

#include <httplib.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "live/hub.hpp"

namespace rediscovery::demo::live {

// What came of pressing a button.
struct Press {
  int status = 202;  // of HTTP: 202 it is made, 404 there is no such fault, 409 not now
  std::string error;
  std::string message;
};

class PageServer {
 public:
  struct Settings {
    std::uint16_t port = 0;  // 0: any free one
    std::filesystem::path page_folder;
    std::filesystem::path chart_library;
    std::function<Press(const std::string& fault)> press;
  };

  // Serves when it returns. Throws std::runtime_error that says what to do when it cannot.
  PageServer(Settings settings, std::shared_ptr<Hub> hub);
  // Waits for nobody: the hub is closed.
  ~PageServer();
  PageServer(const PageServer&) = delete;
  PageServer& operator=(const PageServer&) = delete;

  [[nodiscard]] std::string address() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }

 private:
  void bind();
  void set_limits();
  void set_routes();
  // Answers the request itself if it must not get further.
  [[nodiscard]] bool refuse(const httplib::Request& request, httplib::Response& response) const;
  void press(const std::string& fault, const httplib::Request& request, httplib::Response& response) const;
  void send_events(httplib::Response& response) const;
  void send_file(const std::filesystem::path& file, httplib::Response& response) const;

  const Settings settings_;
  const std::shared_ptr<Hub> hub_;
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace rediscovery::demo::live
