#include "observers.hpp"

#include <sys/socket.h>

#include <memory>
#include <utility>

#include "events_file.hpp"

namespace rediscovery::demo {
namespace {

using std::chrono::milliseconds;

}  // namespace

Observers::Observers(Stage& stage, Moments& moments) : stage_(stage), moments_(moments) {
  auto& cluster = stage_.cluster();
  for (std::size_t i = 1; i < cluster.redis_count(); ++i) {
    start([this, &node = cluster.redis(i)](const auto& stop) { watch_role(stop, node); });
  }
  for (std::size_t i = 0; i < cluster.sentinel_count(); ++i) {
    auto& sentinel = cluster.sentinel(i);
    auto connection = std::make_shared<testing::RedisConnection>(sentinel.connect());
    connection->command({"SUBSCRIBE", "+odown", "+switch-master"});
    start([this, connection, name = sentinel.ip()](const auto& stop) {
      watch_sentinel(stop, *connection, name);
    });
  }
  start([this](const auto& stop) { watch_name(stop); });
  start([this](const auto& stop) { watch_pool(stop); });
}

void Observers::start(std::function<void(const std::stop_token&)> watch) {
  threads_.emplace_back([this, watch = std::move(watch)](const std::stop_token& stop) {
    try {
      watch(stop);
    } catch (const std::exception& problem) {
      if (stop.stop_requested()) return;
      moments_.add({Clock::now(), What::trouble, std::string("an observer is blind: ") + problem.what()});
    }
  });
}

// A promotion by Sentinel cuts the connection; then it is made again at once.
void Observers::watch_role(const std::stop_token& stop, testing::Node& node) {
  while (!stop.stop_requested()) {
    try {
      auto connection = node.connect(milliseconds(500));
      while (!stop.stop_requested()) {
        const auto role = connection.command({"ROLE"});
        if (!role.elements.empty() && role.elements[0].text == "master") {
          return moments_.add_first({Clock::now(), What::promoted, node.endpoint() + " is master now"});
        }
        std::this_thread::sleep_for(milliseconds(1));
      }
    } catch (const testing::RedisError&) {
      std::this_thread::sleep_for(milliseconds(1));
    }
  }
}

void Observers::watch_sentinel(const std::stop_token& stop, testing::RedisConnection& connection,
                               const std::string& name) {
  connection.set_timeout(std::chrono::hours(1));
  // Ends the reading that follows.
  const std::stop_callback cut(stop, [&connection] { ::shutdown(connection.fd(), SHUT_RDWR); });
  while (true) {
    const auto message = connection.read();
    if (message.elements.size() < 3 || message.elements[0].text != "message") continue;
    if (message.elements[1].text == "+odown") {
      moments_.add_first({Clock::now(), What::agreed_down, "the Sentinels agree that the master is down"});
    } else {
      moments_.add_first(
          {Clock::now(), What::announced, "the first Sentinel, " + name + ", announces the new master"});
    }
  }
}

void Observers::watch_name(const std::stop_token& stop) {
  const std::string name = stage_.cluster().master_service_name();
  const std::vector<std::string> before{stage_.first_master().ip()};
  while (!stop.stop_requested()) {
    try {
      const auto now = stage_.cluster().resolve(name).addresses();
      if (now.size() == 1 && now != before) {
        return moments_.add({Clock::now(), What::name_moved, name + " is " + now[0] + " in DNS"});
      }
    } catch (const testing::TimeoutError&) {
      // Then the next answer counts.
    }
    std::this_thread::sleep_for(milliseconds(2));
  }
}

void Observers::watch_pool(const std::stop_token& stop) {
  EventsFile file(stage_.events_file());
  file.read_new();  // what was before is of no interest
  while (!stop.stop_requested()) {
    for (const auto& event : file.read_new()) {
      if (event.name == "suspect") {
        moments_.add({event.at, What::suspected, "st-api's pool suspects the master: " + event.reason});
      } else if (event.name == "adopted") {
        moments_.add({event.at, What::adopted, "st-api's pool adopts " + event.endpoint});
      }
    }
    std::this_thread::sleep_for(milliseconds(10));
  }
}

}  // namespace rediscovery::demo
