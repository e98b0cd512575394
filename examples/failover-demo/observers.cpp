#include "observers.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <ctime>
#include <iterator>
#include <memory>
#include <sstream>
#include <utility>

#include "events_file.hpp"

namespace rediscovery::demo {
namespace {

using std::chrono::milliseconds;

// Whether the server has ended the connection within that time; it sends nothing that it was not asked for.
bool is_cut_within(std::chrono::nanoseconds time, const testing::RedisConnection& connection) {
  pollfd waited{connection.fd(), POLLIN, 0};
  const timespec span{0, time.count()};
  return ::ppoll(&waited, 1, &span, nullptr) > 0;
}

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
  if (stage_.has_st_api()) start([this](const auto& stop) { watch_pool(stop); });
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

// How exact it is: Sentinel promotes in one transaction: SLAVEOF NO ONE, CONFIG REWRITE with its way to the
// disk, and CLIENT KILL. What ends the wait in here is that last step, an instant before anybody can be told
// role:master, and it is noted late by the time that this machine takes to wake a thread: well below 0.1 ms
// when a processor is free. A promotion that cuts nobody (REPLICAOF by hand) is seen by the next question.
// Moment::late_by is the bound that is certain: when the last question was sent that was still answered with
// the old role. With Sentinel most of it is the disk, during which Redis answers nobody.
void Observers::watch_role(const std::stop_token& stop, const testing::Node& node, std::string role) {
  // To the millisecond where a promotion may come; more often would take time from what is measured.
  const auto pause = [&role] { return milliseconds(role == "slave" ? 1 : 20); };
  constexpr Clock::time_point kUncut{};
  auto cut = kUncut;
  auto last_question = Clock::now();
  while (!stop.stop_requested()) {
    try {
      auto connection = node.connect(milliseconds(500));
      do {
        const auto asked = Clock::now();
        const auto reply = connection.command({"ROLE"});
        if (reply.elements.empty()) continue;
        if (reply.elements[0].text != role) {
          role = reply.elements[0].text;
          const auto at = cut == kUncut ? Clock::now() : cut;
          note_role(node, role, at, at - last_question);
        }
        last_question = asked;
        cut = kUncut;
      } while (!stop.stop_requested() && !is_cut_within(pause(), connection));
      cut = Clock::now();
    } catch (const testing::RedisError&) {
      // After a cut at once; but a server that is down is waited for.
      if (cut != kUncut) std::this_thread::sleep_for(pause());
      if (cut == kUncut) cut = Clock::now();
    }
  }
}

void Observers::note_role(const testing::Node& node, const std::string& role, Clock::time_point at,
                          Clock::duration late_by) {
  const bool promoted = role == "master";
  moments_.add({at, promoted ? What::promoted : What::demoted,
                node.endpoint() + (promoted ? " is master now" : " is a replica now"), late_by});
}

void Observers::watch_sentinel(const std::stop_token& stop, testing::RedisConnection& connection) {
  connection.set_timeout(std::chrono::milliseconds(0));  // none: nothing may happen for days
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
      note_name(now[0]);
    } catch (const testing::TimeoutError&) {
      // Then the next answer counts.
    }
  }
}

void Observers::note_name(const std::string& ip) {
  moments_.add_once(
      {Clock::now(), What::name_moved, stage_.cluster().master_service_name() + " is " + ip + " in DNS"});
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
