#include "demo_process.hpp"

#include <httplib.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <fstream>
#include <sstream>

#include "support/sockets.hpp"
#include "support/wait.hpp"

namespace rediscovery::testing {
namespace {

constexpr const char* kHost = "127.0.0.1";
constexpr std::chrono::seconds kPatience{60};

FileDescriptor connect_to(std::uint16_t port) {
  FileDescriptor socket = open_socket(SOCK_STREAM);
  connect_socket(socket, kHost, port);
  pollfd writable{socket.get(), POLLOUT, 0};
  ::poll(&writable, 1, 5000);
  return socket;
}

void send_all(const FileDescriptor& socket, const std::string& text) {
  if (::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("cannot send a request to the demo");
  }
}

// Appends what comes; false at the end.
bool receive_some(const FileDescriptor& socket, std::string& text) {
  pollfd readable{socket.get(), POLLIN, 0};
  constexpr auto kMs = std::chrono::milliseconds(kPatience);
  if (::poll(&readable, 1, static_cast<int>(kMs.count())) <= 0) throw TimeoutError("the demo sends nothing");
  std::array<char, 65536> buffer{};
  const auto got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
  if (got <= 0) return false;
  text.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

}  // namespace

DemoProcess::DemoProcess(Keeper& keeper, std::string name, std::vector<std::string> arguments)
    : Server(keeper, std::move(name), kHost, 0), arguments_{REDISCOVERY_DEMO, "--st-api-program",
                                                            ST_API_PATH,      "--updater-program",
                                                            UPDATER_PATH,     "--gate-program",
                                                            GATE_PATH} {
  arguments_.insert(arguments_.end(), arguments.begin(), arguments.end());
}

Program DemoProcess::program() const { return {arguments_, {}, log_path()}; }

std::uint16_t DemoProcess::page_port() const {
  std::ifstream file(log_path());
  const std::string begin = std::string("the page: http://") + kHost + ":";
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(begin) && line.ends_with("/")) {
      return static_cast<std::uint16_t>(std::stoi(line.substr(begin.size())));
    }
  }
  return 0;
}

int DemoProcess::wait_exit(std::chrono::milliseconds timeout) {
  wait_until([this] { return !running(); }, timeout, "the demo to end");
  const int status = keeper().status(pid()).value_or(-1);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

DemoProcess::Answer DemoProcess::request(const std::string& method, const std::string& path,
                                         const Headers& headers) const {
  httplib::Client client(kHost, page_port());
  client.set_read_timeout(std::chrono::seconds(20));
  httplib::Request request;
  request.method = method;
  request.path = path;
  for (const auto& [name, value] : headers) request.headers.emplace(name, value);
  const auto result = client.send(request);
  if (!result) return {};
  return {result->status, result->body, Headers(result->headers.begin(), result->headers.end())};
}

std::string DemoProcess::Answer::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

std::string DemoProcess::raw(const std::string& bytes) const {
  const FileDescriptor socket = connect_to(page_port());
  send_all(socket, bytes);
  std::string text;
  while (receive_some(socket, text)) {
  }
  return text;
}

nlohmann::json DemoProcess::let_happen(const std::string& fault) {
  Answer pressed;
  wait_until([&] { return (pressed = press(fault)).status == 202; }, kPatience, fault + " to be possible",
             std::chrono::milliseconds(100));
  nlohmann::json now;
  wait_until([&] { return (now = state())["state"]["busy"].is_null(); }, 2 * kPatience, fault + " to be over",
             std::chrono::milliseconds(100));
  const auto summary = now["summaries"].back();
  if (summary["fault"] != fault)
    throw std::runtime_error("no summary of " + fault + ": " + now["summaries"].dump());
  return summary;
}

DemoViewer::DemoViewer(const DemoProcess& demo) : socket_(connect_to(demo.page_port())) {
  send_all(socket_,
           "GET /events HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(demo.page_port()) + "\r\n\r\n");
}

void DemoViewer::receive() {
  if (!receive_some(socket_, received_)) throw std::runtime_error("the demo ended the events");
}

int DemoViewer::status() {
  while (received_.find("\r\n\r\n") == std::string::npos) receive();
  return std::stoi(received_.substr(received_.find(' ')));
}

// The chunks of HTTP are not taken apart: their sizes stand on lines of their own between the events.
DemoViewer::Event DemoViewer::read() {
  constexpr std::string_view kEvent = "event: ";
  while (true) {
    const auto begin = received_.find(kEvent);
    const auto end = begin == std::string::npos ? begin : received_.find("\n\n", begin);
    if (end == std::string::npos) {
      receive();
      continue;
    }
    std::istringstream text(received_.substr(begin, end - begin));
    received_.erase(0, end + 2);
    std::string name;
    std::string data;
    std::getline(text, name);
    std::getline(text, data);
    return {name.substr(kEvent.size()), nlohmann::json::parse(data.substr(data.find(' ')))};
  }
}

nlohmann::json DemoViewer::next(const std::string& name) {
  for (Event event = read();; event = read()) {
    if (event.name == name) return event.data;
  }
}

std::vector<std::string> DemoViewer::names(std::size_t count) {
  std::vector<std::string> names;
  while (names.size() < count) names.push_back(read().name);
  return names;
}

}  // namespace rediscovery::testing
