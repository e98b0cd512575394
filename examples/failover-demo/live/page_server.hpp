// The page and what it needs, on loopback.
#pragma once

#include <httplib.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "live/hub.hpp"
#include "live/press.hpp"

namespace rediscovery::demo::live {

class PageServer {
 public:
  struct Settings {
    std::uint16_t port = 0;  // 0: any free one
    std::filesystem::path page_folder;
    std::filesystem::path chart_library;
  };

  // Has the port when it returns; who comes is kept waiting until there is something to see. Throws
  // std::runtime_error that says what to do when it cannot.
  explicit PageServer(Settings settings);
  ~PageServer();
  PageServer(const PageServer&) = delete;
  PageServer& operator=(const PageServer&) = delete;

  // What the buttons below a folder do, by their names there; any thread.
  using Buttons = std::map<std::string, std::function<Press(const std::string& name)>>;
  // Begins to serve. The folders of `buttons` begin and end with a slash.
  void serve(std::shared_ptr<Hub> hub, Buttons buttons);
  // Ends it, and waits for nobody: the hub is closed.
  void stop();

  [[nodiscard]] std::string address() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }

 private:
  void bind();
  void set_limits();
  void set_routes();
  // Answers the request itself if it must not get further.
  [[nodiscard]] bool refuse(const httplib::Request& request, httplib::Response& response) const;
  void answer_press(const Buttons::value_type& button, const httplib::Request& request,
                    httplib::Response& response) const;
  void send_events(httplib::Response& response) const;
  void send_file(const std::filesystem::path& file, httplib::Response& response) const;

  const Settings settings_;
  std::shared_ptr<Hub> hub_;
  Buttons buttons_;
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace rediscovery::demo::live
