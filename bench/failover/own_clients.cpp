#include <sys/prctl.h>

#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

#include <rediscovery/async_client.hpp>
#include <rediscovery/pool.hpp>

#include "client.hpp"
#include "support/redis_connection.hpp"

namespace rediscovery::bench {
namespace {

using namespace std::chrono_literals;

constexpr auto kDeadline = 3s;

// What a thread does that writes by a blocking call. Every write has its time, which does not depend on how
// long those before took; what is overdue after an outage is written at once.
class Thread : public Client {
 public:
  using Call = std::function<Outcome(const std::string& key)>;
  Thread(std::string name, int rate, Call call)
      : Client(std::move(name)), rate_(rate), call_(std::move(call)) {
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  std::vector<Write> writes() override {
    const std::lock_guard lock(mutex_);
    return writes_;
  }
  void stop() override {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run(const std::stop_token& stop) {
    ::prctl(PR_SET_TIMERSLACK, 1UL);
    const auto started = Clock::now();
    for (std::uint64_t number = 0; !stop.stop_requested(); ++number) {
      std::this_thread::sleep_until(
          started + std::chrono::nanoseconds(std::nano::den * number / static_cast<unsigned>(rate_)));
      Write write{number, Clock::now(), {}, {}};
      write.outcome = call_(key_of(name(), number));
      write.ended = Clock::now();
      const std::lock_guard lock(mutex_);
      writes_.push_back(write);
    }
  }

  const int rate_;
  Call call_;
  std::mutex mutex_;
  std::vector<Write> writes_;  // guarded by mutex_
  std::jthread thread_;
};

Outcome outcome_of(const Result<Reply>& result) {
  if (result) return Outcome::acknowledged;
  return result.error().executed() == Executed::maybe ? Outcome::in_doubt : Outcome::failed;
}

// A key of its own each time: it may be run twice.
Command set(const std::string& key) { return Command{"SET", key, "1"}.idempotent(); }

// As for any application that writes and lists its replicas.
Options options(testing::Cluster& cluster) {
  Options options;
  options.master = cluster.master_service_name();
  options.replicas = cluster.slave_service_name();
  options.dns_servers = {cluster.consul().dns_address()};
  return options;
}

class PlainLink {
 public:
  explicit PlainLink(testing::Cluster& cluster) : cluster_(cluster) {}
  Outcome write(const std::string& key) {
    if (!connection_ && !connect()) return Outcome::failed;
    try {
      if (!connection_->command({"SET", key, "1"}).is_error()) return Outcome::acknowledged;
      connection_.reset();
      return Outcome::failed;
    } catch (const testing::RedisError&) {
      connection_.reset();
      return Outcome::in_doubt;
    }
  }

 private:
  bool connect() {
    try {
      const auto addresses = cluster_.named_masters();
      if (addresses.empty()) return false;
      connection_.emplace(addresses.front(), std::uint16_t{6379}, testing::RedisCredentials{}, 500ms);
      return true;
    } catch (const testing::RedisError&) {
      return false;
    }
  }
  testing::Cluster& cluster_;
  std::optional<testing::RedisConnection> connection_;
};

}  // namespace

std::unique_ptr<Client> make_pool_client(testing::Cluster& cluster, const ClientSettings& settings) {
  const auto pool = std::make_shared<Pool>(options(cluster));
  return std::make_unique<Thread>("Pool", settings.rate, [pool](const std::string& key) {
    return outcome_of(pool->execute(set(key), kDeadline));
  });
}

std::unique_ptr<Client> make_async_client(testing::Cluster& cluster, const ClientSettings& settings) {
  const auto client = std::make_shared<AsyncClient>(options(cluster));
  return std::make_unique<Thread>("AsyncClient", settings.rate, [client](const std::string& key) {
    return outcome_of(client->execute(set(key), kDeadline, use_future).get());
  });
}

std::unique_ptr<Client> make_plain_client(testing::Cluster& cluster, const ClientSettings& settings) {
  const auto link = std::make_shared<PlainLink>(cluster);
  return std::make_unique<Thread>("plain client", settings.rate,
                                  [link](const std::string& key) { return link->write(key); });
}

}  // namespace rediscovery::bench
