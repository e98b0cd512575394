#include "live/page_server.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>

namespace rediscovery::demo::live {
namespace {

constexpr const char* kHost = "127.0.0.1";
constexpr const char* kJson = "application/json";

void send_json(httplib::Response& response, int status, const Json& body) {
  response.status = status;
  response.set_content(body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n", kJson);
}

void send_error(httplib::Response& response, int status, const std::string& error,
                const std::string& message) {
  send_json(response, status, {{"error", error}, {"message", message}});
}

std::optional<std::string> read_whole(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(in), {}};
}

const char* type_of(const std::filesystem::path& file) {
  static const std::map<std::string, const char*> types{{".html", "text/html; charset=utf-8"},
                                                        {".css", "text/css; charset=utf-8"},
                                                        {".js", "text/javascript; charset=utf-8"},
                                                        {".svg", "image/svg+xml"},
                                                        {".png", "image/png"}};
  const auto found = types.find(file.extension().string());
  return found == types.end() ? nullptr : found->second;
}

}  // namespace

PageServer::PageServer(Settings settings) : settings_(std::move(settings)) {
  if (!std::filesystem::exists(settings_.page_folder / "index.html")) {
    throw std::runtime_error("--page-folder: there is no index.html in " + settings_.page_folder.string());
  }
  if (!std::filesystem::exists(settings_.chart_library)) {
    throw std::runtime_error(
        "the chart library " + settings_.chart_library.string() +
        " is missing: install Debian's package libjs-chart.js, as scripts/setup does, or name "
        "another copy by --chart-library");
  }
  set_limits();
  set_routes();
  bind();
}

PageServer::~PageServer() { stop(); }

void PageServer::serve(std::shared_ptr<Hub> hub, Buttons buttons) {
  hub_ = std::move(hub);
  buttons_ = std::move(buttons);
  thread_ = std::thread([this] { server_.listen_after_bind(); });
  while (!server_.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void PageServer::stop() {
  if (!thread_.joinable()) return;
  hub_->close();
  server_.stop();
  thread_.join();
}

void PageServer::bind() {
  if (settings_.port == 0) {
    port_ = server_.bind_to_any_port(kHost);
  } else if (server_.bind_to_port(kHost, settings_.port)) {
    port_ = settings_.port;
  }
  if (port_ > 0) return;
  throw std::runtime_error(
      "--port: cannot listen on " + std::string(kHost) + ":" + std::to_string(settings_.port) +
      ", probably because something else does; choose another one, or --port 0 for any that "
      "is free");
}

void PageServer::set_limits() {
  // A thread for each viewer, and some for everything else.
  constexpr std::size_t kThreads = Hub::kMostViewers + 8;
  server_.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  // The library's default is SO_REUSEPORT, with which two demos would share the port and its requests.
  server_.set_socket_options([](int socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  server_.set_tcp_nodelay(true);
  server_.set_payload_max_length(1024);
  // One request each: an idle connection occupies a thread, and what follows a refused request on its
  // connection may be its body.
  server_.set_keep_alive_max_count(1);
  server_.set_read_timeout(std::chrono::seconds(2));
  server_.set_write_timeout(std::chrono::seconds(2));  // and so does a viewer that reads nothing
  server_.set_default_headers(
      {{"Content-Security-Policy",
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
       {"X-Content-Type-Options", "nosniff"},
       {"Referrer-Policy", "no-referrer"},
       {"Cross-Origin-Resource-Policy", "same-origin"},
       {"Cache-Control", "no-store"}});
}

// A page elsewhere must neither press the buttons nor read anything, also not by a name of its own that leads
// here.
bool PageServer::refuse(const httplib::Request& request, httplib::Response& response) const {
  const std::string port = ":" + std::to_string(port_);
  const std::array ours{std::string(kHost) + port, "localhost" + port};
  const auto is_ours = [&ours](const std::string& host) { return host == ours[0] || host == ours[1]; };
  constexpr std::string_view kScheme = "http://";
  const auto origin = request.get_header_value("Origin");
  const bool from_here = !request.has_header("Origin") ||
                         (origin.starts_with(kScheme) && is_ours(origin.substr(kScheme.size())));
  if (request.get_header_value_count("Host") == 1 && is_ours(request.get_header_value("Host")) && from_here) {
    return false;
  }
  send_error(response, 403, "foreign", "this page answers only to itself: open " + address());
  return true;
}

void PageServer::set_routes() {
  using Done = httplib::Server::HandlerResponse;
  server_.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    if (refuse(request, response)) return Done::Handled;
    const auto button = std::find_if(buttons_.begin(), buttons_.end(), [&request](const auto& one) {
      return request.path.starts_with(one.first);
    });
    // The library would answer HEAD by the handlers for GET, and that of /events does not end.
    const char* allowed = button == buttons_.end() ? "GET" : "POST";
    if (request.method != allowed) {
      response.set_header("Allow", allowed);
      send_error(response, 405, "method", std::string("only ") + allowed + " is answered here");
      return Done::Handled;
    }
    if (button == buttons_.end()) return Done::Unhandled;
    // Here rather than by a handler for POST, for which the library would wait for a body.
    answer_press(*button, request, response);
    return Done::Handled;
  });
  server_.Get("/", [this](const auto&, auto& response) {
    send_file(settings_.page_folder / "index.html", response);
  });
  server_.Get("/page/chart.js",
              [this](const auto&, auto& response) { send_file(settings_.chart_library, response); });
  // Names without a leading dot and without slashes, so that nothing leads out of the folder.
  server_.Get(R"(/page/([A-Za-z0-9_-][A-Za-z0-9._-]*))", [this](const auto& request, auto& response) {
    send_file(settings_.page_folder / request.matches[1].str(), response);
  });
  server_.Get("/state", [this](const auto&, auto& response) { send_json(response, 200, hub_->present()); });
  server_.Get("/events", [this](const auto&, auto& response) { send_events(response); });
  server_.set_error_handler([](const auto&, auto& response) {
    if (response.body.empty()) send_error(response, response.status, "http", "there is nothing here");
  });
}

void PageServer::answer_press(const Buttons::value_type& button, const httplib::Request& request,
                              httplib::Response& response) const {
  // No form and no script of another origin can send this header without being asked first.
  if (request.get_header_value("X-Rediscovery") != "demo") {
    return send_error(response, 403, "header", "a button needs the header \"X-Rediscovery: demo\"");
  }
  const auto& [folder, press] = button;
  const auto name = request.path.substr(folder.size());
  const Press pressed = press(name);
  if (pressed.status == 202) return send_json(response, 202, {{"pressed", name}});
  send_error(response, pressed.status, pressed.error, pressed.message);
}

void PageServer::send_file(const std::filesystem::path& file, httplib::Response& response) const {
  const char* type = type_of(file);
  const auto content = type == nullptr ? std::nullopt : read_whole(file);
  if (!content) return send_error(response, 404, "unknown", "there is no such file");
  response.set_content(*content, type);
}

void PageServer::send_events(httplib::Response& response) const {
  static constexpr std::chrono::seconds kPatience{5};
  std::shared_ptr<Hub::Viewer> viewer = hub_->join();
  if (!viewer) {
    response.set_header("Retry-After", "5");
    return send_error(
        response, 503, "viewers",
        "too many watch already (" + std::to_string(Hub::kMostViewers) + "): close another page first");
  }
  response.set_chunked_content_provider("text/event-stream", [viewer](std::size_t, httplib::DataSink& sink) {
    auto text = viewer->next(kPatience);
    if (!text) {
      sink.done();
      return true;
    }
    if (text->empty()) *text = ":\n\n";  // is anybody there?
    return sink.write(text->data(), text->size());
  });
}

}  // namespace rediscovery::demo::live
