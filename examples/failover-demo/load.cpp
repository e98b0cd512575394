#include "load.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <utility>

#include "support/sockets.hpp"

namespace rediscovery::demo {

namespace {

std::string text_of(const nlohmann::json& body, const char* name) {
  const auto found = body.find(name);
  return found != body.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Hundreds of requests may wait at one time, and others in this process use select(), which cannot handle
// descriptors above a thousand: those below are left to them.
testing::FileDescriptor out_of_the_way(testing::FileDescriptor socket) {
  constexpr int kBeyondSelect = FD_SETSIZE;
  testing::FileDescriptor high(::fcntl(socket.get(), F_DUPFD_CLOEXEC, kBeyondSelect));
  return high.valid() ? std::move(high) : std::move(socket);
}

}  // namespace

Answer parse_answer(const std::string& text) {
  constexpr std::string_view kProtocol = "HTTP/1.1 ";
  Answer answer;
  answer.in_doubt = true;
  const auto end_of_head = text.find("\r\n\r\n");
  if (!text.starts_with(kProtocol) || text.size() < kProtocol.size() + 3 ||
      end_of_head == std::string::npos) {
    return answer;
  }
  const auto body = nlohmann::json::parse(text.substr(end_of_head + 4), nullptr, false);
  if (!body.is_object()) return answer;  // cut off, perhaps
  answer.status = std::atoi(text.c_str() + kProtocol.size());
  answer.session = answer.status == 200 ? text_of(body, "session") : "";
  // Whatever is not answered with 503 was not written, or has been acknowledged.
  answer.in_doubt = answer.status == 503 ? text_of(body, "executed") != "no" : answer.status >= 500;
  return answer;
}

Load::Load(Settings settings)
    : settings_(std::move(settings)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      started_(settings_.start.value_or(Clock::now())) {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Load::~Load() = default;

Clock::time_point Load::due(std::size_t number) const {
  return started_ + std::chrono::nanoseconds(std::nano::den * number / static_cast<unsigned>(settings_.rate));
}

void Load::run(const std::stop_token& stop) {
  std::array<epoll_event, 64> events{};
  while (!stop.stop_requested() && (sending_ || !exchanges_.empty())) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_time());
    for (int i = 0; i < count; ++i) serve(events[static_cast<std::size_t>(i)].data.fd);
    const auto now = Clock::now();
    while (sending_ && due(count_.sent) <= now) send_next(now);
    give_up_before(now - settings_.give_up);
  }
  finished_ = true;
}

// Not longer than until the next request is due, and short enough to notice that there shall be no more.
int Load::wait_time() const {
  constexpr std::chrono::milliseconds kMost{20};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(due(count_.sent) - Clock::now());
  return static_cast<int>(std::clamp(left, std::chrono::milliseconds(0), kMost).count());
}

void Load::send_next(Clock::time_point now) {
  std::size_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = count_.sent++;
  }
  Exchange exchange;
  // What the viewer sees begins when it was due, also when this machine was too busy to send it then.
  exchange.sent = due(number);
  if (settings_.on_sent) settings_.on_sent(exchange.sent);
  try {
    exchange.socket = out_of_the_way(testing::open_socket(SOCK_STREAM));
    testing::connect_socket(exchange.socket, settings_.ip, settings_.port);
  } catch (const std::runtime_error&) {
    return record({exchange.sent, now, 0, "", false});
  }
  exchange.request = "GET " + settings_.targets[number % settings_.targets.size()] +
                     " HTTP/1.1\r\nHost: " + settings_.ip + "\r\nConnection: close\r\n\r\n";
  const int fd = exchange.socket.get();
  epoll_event event{};
  event.events = EPOLLOUT;
  event.data.fd = fd;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  oldest_.emplace_back(exchange.sent, fd);
  exchanges_.insert_or_assign(fd, std::move(exchange));
}

void Load::serve(int fd) {
  const auto found = exchanges_.find(fd);
  if (found == exchanges_.end()) return;
  Exchange& exchange = found->second;
  if (exchange.written < exchange.request.size()) {
    const auto left = std::string_view(exchange.request).substr(exchange.written);
    const auto sent = ::send(fd, left.data(), left.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return finish(fd);
    if (sent > 0) exchange.written += static_cast<std::size_t>(sent);
    if (exchange.written < exchange.request.size()) return;
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
    return;
  }
  std::array<char, 4096> buffer{};
  while (true) {
    const auto received = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (received < 0 && errno == EAGAIN) return;
    if (received <= 0) return finish(fd);  // the server closes when it has answered
    exchange.answer.append(buffer.data(), static_cast<std::size_t>(received));
  }
}

void Load::give_up_before(Clock::time_point limit) {
  while (!oldest_.empty() && oldest_.front().first < limit) {
    const auto [sent, fd] = oldest_.front();
    oldest_.pop_front();
    const auto found = exchanges_.find(fd);
    if (found != exchanges_.end() && found->second.sent == sent) finish(fd);
  }
}

void Load::finish(int fd) {
  const auto found = exchanges_.find(fd);
  Answer answer = parse_answer(found->second.answer);
  answer.sent = found->second.sent;
  answer.received = Clock::now();
  // Nothing was written when not even the request was.
  if (found->second.written == 0) answer.in_doubt = false;
  exchanges_.erase(found);
  record(std::move(answer));
}

void Load::record(Answer answer) {
  const std::lock_guard lock(mutex_);
  ++(answer.ok() ? count_.ok : count_.failed);
  if (settings_.on_answer) {
    settings_.on_answer(answer);
  } else {
    answers_.push_back(std::move(answer));
  }
}

Load::Count Load::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

std::optional<Clock::time_point> Load::first_ok_after(Clock::time_point since) const {
  const std::lock_guard lock(mutex_);
  // They are in the order of receipt.
  const auto later = std::partition_point(answers_.begin(), answers_.end(),
                                          [since](const Answer& answer) { return answer.received <= since; });
  const auto found = std::find_if(later, answers_.end(), [](const Answer& answer) { return answer.ok(); });
  return found == answers_.end() ? std::nullopt : std::optional(found->received);
}

std::vector<Answer> Load::answers() const {
  const std::lock_guard lock(mutex_);
  return answers_;
}

}  // namespace rediscovery::demo
