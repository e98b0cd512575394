#include "live/plain_client.hpp"

#include <algorithm>
#include <stdexcept>

#include "support/dns_client.hpp"
#include "support/wait.hpp"

namespace rediscovery::demo::live {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kDeadline{3000};
constexpr milliseconds kTimeout{1000};
constexpr std::uint16_t kRedisPort = 6379;

// READONLY, LOADING, MASTERDOWN …: certainly not executed.
class Refused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What is left until the deadline, at most the time-out of one step.
milliseconds step_until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
  if (left <= milliseconds(0)) throw testing::RedisError("the request's deadline is over");
  return std::min(left, kTimeout);
}

}  // namespace

PlainClient::PlainClient(Settings settings, LaneMeter& meter)
    : settings_(std::move(settings)), meter_(meter) {
  threads_.emplace_back([this](const std::stop_token& stop) { send_all(stop); });
  for (std::size_t i = 0; i < settings_.connections; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { serve_all(stop); });
  }
}

PlainClient::~PlainClient() {
  for (auto& thread : threads_) thread.request_stop();
}

void PlainClient::send_all(const std::stop_token& stop) {
  for (std::size_t number = 0; !stop.stop_requested(); ++number) {
    const auto due = settings_.start + std::chrono::nanoseconds(std::nano::den * number /
                                                                static_cast<unsigned>(settings_.rate));
    std::this_thread::sleep_until(due);
    meter_.sent(due);
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back({number, due});
    }
    changed_.notify_one();
  }
}

void PlainClient::serve_all(const std::stop_token& stop) {
  Connection connection;
  while (true) {
    Request request;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) return;
      request = waiting_.front();
      waiting_.pop_front();
    }
    if (stop.stop_requested()) return;
    meter_.ended(serve(request, connection));
  }
}

Ended PlainClient::serve(const Request& request, Connection& connection) const {
  Ended ended;
  ended.sent = request.due;
  try {
    write(request, connection, ended.in_doubt);
    ended.ok = true;
  } catch (const std::runtime_error&) {
    connection.reset();
  }
  ended.received = Clock::now();
  return ended;
}

void PlainClient::write(const Request& request, Connection& connection, bool& in_doubt) const {
  const auto deadline = request.due + kDeadline;
  if (!connection) connection.emplace(connect(deadline));
  const auto& [user, film] = settings_.purchases[request.number % settings_.purchases.size()];
  const std::string session = "plain-" + std::to_string(request.number);
  const auto run = [&](const std::vector<std::string>& command) {
    connection->set_timeout(step_until(deadline));
    const auto reply = connection->command(command);
    if (reply.is_error()) throw Refused(reply.text);
  };
  run({"SISMEMBER", "purchases:" + user, film});
  in_doubt = true;
  try {
    run({"SET", "session:" + session, film, "NX", "GET", "EX",
         std::to_string(settings_.session_lifetime.count())});
  } catch (const Refused&) {
    in_doubt = false;
    throw;
  }
  const std::string history = "plain:history:" + user;
  run({"ZADD", history, std::to_string(request.number), session});
  try {
    run({"ZREMRANGEBYRANK", history, "0", "-51"});
  } catch (const std::runtime_error&) {
    connection.reset();  // the next request will do it, as in st-api
  }
}

testing::RedisConnection PlainClient::connect(Clock::time_point deadline) const {
  const std::string ip = resolve(deadline);
  return {ip, kRedisPort, {}, step_until(deadline)};
}

std::string PlainClient::resolve(Clock::time_point deadline) const {
  constexpr int kTries = 2;
  for (int left = kTries; left > 0; --left) {
    try {
      const auto addresses = testing::dns_query(settings_.dns_ip, settings_.dns_port, settings_.name,
                                                testing::DnsType::a, step_until(deadline))
                                 .addresses();
      if (!addresses.empty()) return addresses.front();
      throw testing::RedisError(settings_.name + " has no address");
    } catch (const testing::TimeoutError&) {
      if (left == 1) throw;
    }
  }
  return {};
}

}  // namespace rediscovery::demo::live
