#include "observers.hpp"

#include <sys/socket.h>

#include <iterator>
#include <memory>
#include <sstream>
#include <utility>

#include "events_file.hpp"

namespace rediscovery::demo {
namespace {

using std::chrono::milliseconds;

}  // namespace

Observers::Observers(Stage& stage, Moments& moments) : stage_(stage), moments_(moments) {
  auto& cluster = stage_.cluster();
  for (std::size_t i = 0; i < cluster.redis_count(); ++i) {
    start([this, &node = cluster.redis(i), role = i == 0 ? "master" : "slave"](const auto& stop) {
      watch_role(stop, node, role);
    });
  }
  for (std::size_t i = 0; i < cluster.sentinel_count(); ++i) {
    auto& sentinel = cluster.sentinel(i);
    auto connection = std::make_shared<testing::RedisConnection>(sentinel.connect());
    connection->command({"SUBSCRIBE", "+odown", "+switch-master"});
    start([this, connection](const auto& stop) { watch_sentinel(stop, *connection); });
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
void Observers::watch_role(const std::stop_token& stop, testing::Node& node, std::string role) {
  // To the millisecond where a promotion may come, and without taking time from the servers elsewhere.
  const auto pause = [&role] { std::this_thread::sleep_for(milliseconds(role == "slave" ? 1 : 20)); };
  while (!stop.stop_requested()) {
    try {
      auto connection = node.connect(milliseconds(500));
      for (; !stop.stop_requested(); pause()) {
        const auto reply = connection.command({"ROLE"});
        if (reply.elements.empty() || reply.elements[0].text == role) continue;
        role = reply.elements[0].text;
        const bool promoted = role == "master";
        moments_.add({Clock::now(), promoted ? What::promoted : What::demoted,
                      node.endpoint() + (promoted ? " is master now" : " is a replica now")});
      }
    } catch (const testing::RedisError&) {
      pause();
    }
  }
}

void Observers::watch_sentinel(const std::stop_token& stop, testing::RedisConnection& connection) {
  connection.set_timeout(std::chrono::hours(1));
  // Ends the reading that follows.
  const std::stop_callback cut(stop, [&connection] { ::shutdown(connection.fd(), SHUT_RDWR); });
  while (true) {
    const auto message = connection.read();
    if (message.elements.size() < 3 || message.elements[0].text != "message") continue;
    std::istringstream text(message.elements[2].text);
    const std::vector<std::string> words{std::istream_iterator<std::string>(text), {}};
    if (words.size() < 5) continue;
    // All Sentinels publish the same, one after the other.
    if (message.elements[1].text == "+odown") {  // master <name> <address> <port> …
      moments_.add_once({Clock::now(), What::agreed_down,
                         "the Sentinels agree that the master " + words[2] + ":" + words[3] + " is down"});
    } else {  // <name> <old address> <old port> <new address> <new port>
      moments_.add_once({Clock::now(), What::announced,
                         "the first Sentinel announces " + words[3] + ":" + words[4] + " as the new master"});
    }
  }
}

void Observers::watch_name(const std::stop_token& stop) {
  const std::string name = stage_.cluster().master_service_name();
  std::vector<std::string> before{stage_.first_master().ip()};
  for (; !stop.stop_requested(); std::this_thread::sleep_for(milliseconds(2))) {
    try {
      const auto now = stage_.cluster().resolve(name).addresses();
      if (now == before || now.size() != 1) continue;
      before = now;
      moments_.add({Clock::now(), What::name_moved, name + " is " + now[0] + " in DNS"});
    } catch (const testing::TimeoutError&) {
      // Then the next answer counts.
    }
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
