#include "st_api_process.hpp"

#include <httplib.h>
#include <poll.h>
#include <sys/wait.h>

#include <fstream>
#include <sstream>

#include "support/sockets.hpp"

namespace rediscovery::testing {

const char* const kCatalog = R"({
  "film-1": {"title": "One", "rights": {"tv": "uhd", "phone": "uhd", "tablet": "uhd", "web": "uhd"}},
  "film-2": {"title": "Two", "rights": {"tv": "hd", "phone": "sd"}}
})";

StApiProcess::StApiProcess(Cluster& cluster, Variant variant, Settings settings, const std::string& ip)
    : Server(cluster.keeper(), "st-api-" + ip, ip, kPort),
      arguments_{variant == Variant::threads ? ST_API_PATH : ST_API_ASYNC_PATH},
      environment_(std::move(settings.environment)) {
  if (!settings.bare) {
    const auto catalog = cluster.folder() / "catalog.json";
    std::ofstream(catalog) << kCatalog;
    // What is slow is a matter of the machine.
    arguments_.insert(arguments_.end(),
                      {"--listen", endpoint(), "--redis", cluster.master_service_name(), "--dns",
                       cluster.consul().dns_address(), "--catalog", catalog.string(), "--slow-ms", "60000"});
    environment_.emplace("ST_API_SECRET", kSecret);
  }
  arguments_.insert(arguments_.end(), settings.arguments.begin(), settings.arguments.end());
}

Program StApiProcess::program() const { return {arguments_, environment_, log_path()}; }

bool StApiProcess::ready() {
  const int status = get("/status").status;
  return status == 200 || status == 429;
}

int StApiProcess::wait_exit(std::chrono::milliseconds timeout) {
  wait_until([this] { return !running(); }, timeout, "st-api to end");
  const int status = keeper().status(pid()).value_or(-1);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

StApiProcess::Answer StApiProcess::request(const std::string& method, const std::string& target,
                                           const Headers& headers, const std::string& body) const {
  httplib::Client client(ip(), kPort);
  client.set_read_timeout(std::chrono::seconds(20));
  httplib::Request request;
  request.method = method;
  request.path = target;
  request.body = body;
  for (const auto& [name, value] : headers) request.headers.emplace(name, value);
  const auto result = client.send(request);
  if (!result) return {};
  return {result->status, nlohmann::json::parse(result->body, nullptr, false), result->body,
          Headers(result->headers.begin(), result->headers.end())};
}

std::string StApiProcess::Answer::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

std::string StApiProcess::whole_log() const {
  std::ifstream file(log_path());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<nlohmann::json> StApiProcess::log_lines() const {
  std::istringstream text(whole_log());
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

FileDescriptor StApiProcess::send_only(const std::string& target, const std::string& headers) const {
  FileDescriptor socket = open_socket(SOCK_STREAM);
  connect_socket(socket, ip(), kPort);
  pollfd writable{socket.get(), POLLOUT, 0};
  ::poll(&writable, 1, 5000);
  const std::string text = "GET " + target + " HTTP/1.1\r\nHost: st-api\r\n" + headers + "\r\n";
  if (::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("cannot send a request to " + endpoint());
  }
  return socket;
}

double StApiProcess::metric(const std::string& sample) const {
  std::istringstream page(get("/metrics").text);
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with(sample + " ")) return std::stod(line.substr(sample.size() + 1));
  }
  return 0;
}

}  // namespace rediscovery::testing
