#include "http_api.hpp"

#include <sys/socket.h>

#include <stdexcept>
#include <thread>

#include "log.hpp"

namespace st_api {
namespace {

using httplib::Request;
using httplib::Response;

void answer(Response& response, int status, const Json& body) {
  response.status = status;
  response.set_header("Cache-Control", "no-store");
  response.set_content(to_text(body) + "\n", "application/json");
}

void answer_error(Response& response, int status, const std::string& error, const std::string& message) {
  answer(response, status, {{"error", error}, {"message", message}});
}

// Redis could not be reached in time. The message is for our log; the caller learns what is of use to him:
// whether to try again (always), and whether a session may have been written (it is harmless, it will
// expire).
void answer_unavailable(Response& response, const std::string& what, const rediscovery::Error& error) {
  log("warning", what + " failed",
      {{"code", to_string(error.code())},
       {"executed", to_string(error.executed())},
       {"reason", error.message()}});
  response.set_header("Retry-After", "1");
  answer(response, 503,
         {{"error", "unavailable"},
          {"message", "the session store cannot be reached; try again"},
          {"code", to_string(error.code())},
          {"executed", to_string(error.executed())}});
}

// Missing, or given more than once: empty, which find_fault() refuses.
std::string only_value(const Request& request, const char* name) {
  return request.get_param_value_count(name) == 1 ? request.get_param_value(name) : "";
}

const char* name_of(int status) {
  switch (status) {
    case 404:
      return "not_found";
    case 413:
      return "too_large";
    case 414:
      return "too_long";
    default:
      return status < 500 ? "bad_request" : "internal";
  }
}

}  // namespace

int HttpServer::bind(const std::string& host, int port) {
  const int bound = port == 0 ? bind_to_any_port(host) : (bind_to_port(host, port) ? port : 0);
  if (bound <= 0) return 0;
  // The library asks for a queue of five. When a thousand viewers come at once, the kernel would drop the
  // others' requests to connect, and they would try again only after a second.
  constexpr int kBacklog = 1024;
  ::listen(svr_sock_, kBacklog);
  return bound;
}

HttpApi::HttpApi(const Config& config, rediscovery::Pool& pool, SessionStore& store, Playback& playback)
    : config_(config), pool_(pool), store_(store), playback_(playback) {
  server_.new_task_queue = [threads = config.threads] { return new httplib::ThreadPool(threads); };
  // The library's default is SO_REUSEPORT, with which a second st-api would silently take half of the
  // requests.
  server_.set_socket_options([](int socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  server_.set_tcp_nodelay(true);
  server_.set_payload_max_length(4096);  // requests have no body
  server_.set_keep_alive_timeout(1);     // an idle connection occupies a thread
  // GET only. Also no HEAD, which the library would answer by calling the handler, and so write a session.
  server_.set_pre_routing_handler([](const Request& request, Response& response) {
    if (request.method == "GET") return httplib::Server::HandlerResponse::Unhandled;
    response.set_header("Allow", "GET");
    answer_error(response, 405, "method_not_allowed", "only GET is known here");
    return httplib::Server::HandlerResponse::Handled;
  });
  server_.Get("/playback/([^/]+)", [this](const Request& q, Response& r) { get_playback(q, r); });
  server_.Get("/status", [this](const Request& q, Response& r) { get_status(q, r); });
  // What the library itself refuses.
  server_.set_error_handler([](const Request&, Response& response) {
    if (response.body.empty()) {
      answer_error(response, response.status, name_of(response.status),
                   "see st-api --help for what is answered");
    }
  });
  server_.set_exception_handler([](const Request&, Response& response, const std::exception_ptr& thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& problem) {
      log("error", "unexpected", {{"reason", problem.what()}});
    } catch (...) {
      log("error", "unexpected", {{"reason", "not an exception of the standard library"}});
    }
    answer_error(response, 500, "internal", "an internal error; it has been logged");
  });
}

int HttpApi::bind() {
  const int port = server_.bind(config_.host, config_.port);
  if (port == 0) {
    throw std::runtime_error("cannot listen on " + config_.host + ":" + std::to_string(config_.port));
  }
  return port;
}

void HttpApi::wait_until_serving() const {
  while (!server_.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void HttpApi::get_playback(const Request& request, Response& response) {
  const PlaybackRequest wanted{only_value(request, "user"), request.matches[1], only_value(request, "device"),
                               only_value(request, "quality")};
  if (const std::string fault = find_fault(wanted); !fault.empty()) {
    return answer_error(response, 400, "bad_request", fault);
  }
  const PlaybackAnswer result = playback_.issue(wanted);
  if (const auto* issued = std::get_if<Issued>(&result)) {
    answer(response, 200,
           {{"session", issued->session},
            {"url", issued->url},
            {"expires", issued->expires.time_since_epoch().count()}});
  } else if (std::holds_alternative<NotPurchased>(result)) {
    answer_error(response, 403, "not_purchased", "the user has not purchased this content");
  } else {
    answer_unavailable(response, "playback", std::get<rediscovery::Error>(result));
  }
}

void HttpApi::get_status(const Request&, Response& response) {
  const auto written = store_.probe(Deadline(config_.deadline));
  const auto stats = pool_.stats();
  if (!written) return answer_unavailable(response, "status", written.error());
  answer(response, 200,
         {{"status", "ok"},
          {"master", stats.master},
          {"generation", stats.generation},
          {"connections", stats.idle + stats.in_use},
          {"waiting", stats.waiting}});
}

}  // namespace st_api
