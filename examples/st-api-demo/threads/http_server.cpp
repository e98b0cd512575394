#include "http_server.hpp"

#include <sys/socket.h>

#include <stdexcept>
#include <thread>

#include "common/answers.hpp"
#include "common/exchange.hpp"
#include "common/log.hpp"

namespace st_api {
namespace {

// Ours; a single line of more than 8192 bytes the library refuses before we see it.
constexpr std::size_t kMostHeaderBytes = 4096;

std::size_t header_bytes(const httplib::Request& from) {
  std::size_t sum = 0;
  for (const auto& [name, value] : from.headers) sum += name.size() + value.size();
  return sum;
}

Request to_request(const httplib::Request& from) {
  Request request;
  request.method = from.method;
  request.path = from.path;
  request.parameters.insert(from.params.begin(), from.params.end());
  if (from.has_header("Idempotency-Key")) {
    const bool once = from.get_header_value_count("Idempotency-Key") == 1;
    request.idempotency_key = once ? from.get_header_value("Idempotency-Key") : "";
  }
  request.request_id = request_id_from(from.get_header_value("X-Request-Id"));
  return request;
}

void send(const Answer& answer, httplib::Response& to) {
  to.status = answer.status;
  for (const auto& [name, value] : answer.headers) to.set_header(name, value);
  to.set_content(answer.body, answer.content_type);
}

std::string reason_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& problem) {
    return problem.what();
  } catch (...) {
    return "not an exception of the standard library";
  }
}

}  // namespace

int Listener::bind(const std::string& host, int port) {
  const int bound = port == 0 ? bind_to_any_port(host) : (bind_to_port(host, port) ? port : 0);
  if (bound <= 0) return 0;
  // The library asks for a queue of five. When a thousand viewers come at once, the kernel would drop the
  // others' requests to connect, and they would try again only after a second.
  constexpr int kBacklog = 1024;
  ::listen(svr_sock_, kBacklog);
  return bound;
}

HttpServer::HttpServer(const Config& config, rediscovery::Pool& pool, const Playback& playback,
                       Service& service)
    : config_(config), pool_(pool), playback_(playback), service_(service) {
  listener_.new_task_queue = [threads = config.threads] { return new httplib::ThreadPool(threads); };
  // The library's default is SO_REUSEPORT, with which a second st-api would silently take half of the
  // requests.
  listener_.set_socket_options([](int socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  listener_.set_tcp_nodelay(true);
  listener_.set_payload_max_length(4096);  // requests have no body
  listener_.set_keep_alive_timeout(1);     // an idle connection occupies a thread
  listener_.set_read_timeout(std::chrono::seconds(2));
  const auto handler = [this](const httplib::Request& from, httplib::Response& to) { handle(from, to); };
  // The library answers HEAD by calling the handler for GET, and reads bodies only for methods that have a
  // handler: so each has one, and HEAD is told apart in front.
  listener_.set_pre_routing_handler([handler](const httplib::Request& from, httplib::Response& to) {
    if (from.method != "HEAD") return httplib::Server::HandlerResponse::Unhandled;
    handler(from, to);
    return httplib::Server::HandlerResponse::Handled;
  });
  constexpr const char* kAnything = "[^]*";
  listener_.Get(kAnything, handler).Post(kAnything, handler).Put(kAnything, handler);
  listener_.Patch(kAnything, handler).Delete(kAnything, handler).Options(kAnything, handler);
  // What the library itself refuses.
  listener_.set_error_handler([this](const httplib::Request& from, httplib::Response& to) {
    if (!to.body.empty()) return;
    Exchange exchange(metrics_, to_request(from));
    Answer answer = refusal_by_server(to.status);
    exchange.end(answer, draining_);
    send(answer, to);
  });
}

int HttpServer::bind() {
  const int port = listener_.bind(config_.host, config_.port);
  if (port == 0) {
    throw std::runtime_error("cannot listen on " + config_.host + ":" + std::to_string(config_.port));
  }
  return port;
}

void HttpServer::wait_until_serving() const {
  while (!listener_.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void HttpServer::start_draining() {
  draining_ = true;
  metrics_.set_draining();
}

void HttpServer::handle(const httplib::Request& from, httplib::Response& to) {
  const Request request = to_request(from);
  Exchange exchange(metrics_, request);
  Answer result;
  try {
    result = header_bytes(from) > kMostHeaderBytes ? refusal_by_server(431) : answer(request, exchange);
  } catch (...) {
    log(Level::error, "unexpected",
        {{"request_id", request.request_id}, {"reason", reason_of(std::current_exception())}});
    result = refusal_by_server(500);
  }
  exchange.end(result, draining_);
  send(result, to);
}

Answer HttpServer::answer(const Request& request, Exchange& exchange) {
  auto parsed = parse_call(request, config_.history_length);
  if (auto* wrong = std::get_if<Answer>(&parsed)) return std::move(*wrong);
  const Call& call = std::get<Call>(parsed);
  if (const auto* playback = std::get_if<PlaybackCall>(&call)) {
    return exchange.noted(service_.issue(playback->request));
  }
  if (const auto* history = std::get_if<HistoryCall>(&call)) {
    return exchange.noted(service_.history(history->user, history->limit));
  }
  if (const auto* verify = std::get_if<VerifyCall>(&call))
    return to_answer(playback_.check(verify->url, now()));
  if (std::holds_alternative<MetricsCall>(call)) return metrics_answer(metrics_, pool_.stats());
  // Redis is not asked by a service that is leaving.
  return to_answer(draining_ ? draining_health(pool_.stats()) : service_.check());
}

}  // namespace st_api
