#include "fake_sentinel.hpp"

#include <utility>

namespace rediscovery::testing {
namespace {

std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

std::string list(const std::vector<std::string>& encoded) {
  std::string bytes = "*" + std::to_string(encoded.size()) + "\r\n";
  for (const auto& element : encoded) bytes += element;
  return bytes;
}

std::string texts(const std::vector<std::string>& words) {
  std::vector<std::string> encoded;
  for (const auto& word : words) encoded.push_back(bulk(word));
  return list(encoded);
}

}  // namespace

void SentinelStory::tell(std::string master_ip, std::uint64_t epoch, std::vector<std::string> replica_ips) {
  const std::lock_guard lock(mutex_);
  master_ip_ = std::move(master_ip);
  epoch_ = epoch;
  replica_ips_ = std::move(replica_ips);
}

void SentinelStory::lead(bool leading) {
  const std::lock_guard lock(mutex_);
  leading_ = leading;
}

void SentinelStory::hang(bool hanging) {
  const std::lock_guard lock(mutex_);
  hanging_ = hanging;
}

void SentinelStory::hang_up_once() {
  const std::lock_guard lock(mutex_);
  hanging_up_ = true;
}

void SentinelStory::take_time(std::chrono::milliseconds delay) {
  const std::lock_guard lock(mutex_);
  delay_ = delay;
}

TcpAction SentinelStory::answer(const std::vector<std::string>& command) const {
  if (command.at(0) == "PING") return {list({bulk("pong"), bulk("")})};
  if (command.at(0) == "PSUBSCRIBE") {
    TcpAction action;
    for (std::size_t i = 1; i < command.size(); ++i)
      action.bytes += list({bulk("psubscribe"), bulk(command[i]), ":" + std::to_string(i) + "\r\n"});
    action.subscribe = true;
    return action;
  }
  const std::string bytes = about_the_master(command);
  const std::lock_guard lock(mutex_);
  if (std::exchange(hanging_up_, false)) return {"", true};
  return hanging_ ? TcpAction{} : TcpAction{bytes, false, delay_};
}

std::string SentinelStory::about_the_master(const std::vector<std::string>& command) const {
  const std::lock_guard lock(mutex_);
  const std::string question = command.size() > 1 ? command[1] : "";
  if (question == "MASTER") {
    return texts({"name", "mymaster", "ip", master_ip_, "port", "6379", "flags",
                  leading_ ? "master,failover_in_progress" : "master", "num-other-sentinels", "2", "quorum",
                  "2", "config-epoch", std::to_string(epoch_)});
  }
  if (question == "GET-MASTER-ADDR-BY-NAME") return texts({master_ip_, "6379"});
  if (question == "REPLICAS") {
    std::vector<std::string> rows;
    for (const auto& ip : replica_ips_) {
      rows.push_back(texts({"ip", ip, "port", "6379", "flags", "slave", "info-refresh", "100",
                            "role-reported", "slave", "master-link-status", "ok", "master-host", master_ip_,
                            "master-port", "6379", "replica-announced", "1"}));
    }
    return list(rows);
  }
  return "-ERR unknown command\r\n";
}

FakeSentinels::FakeSentinels(AddressBlock& addresses, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    auto& story = *stories_.emplace_back(std::make_unique<SentinelStory>());
    auto& server = *servers_.emplace_back(std::make_unique<ScriptedTcp>(addresses.next_free_ip(), 26379));
    server.set_command_handler([this, &story](const std::vector<std::string>& command) {
      std::function<void()> hook;
      {
        const std::lock_guard lock(mutex_);
        hook = hook_;
      }
      hook();
      return story.answer(command);
    });
  }
}

std::vector<std::string> FakeSentinels::endpoints() const {
  std::vector<std::string> endpoints;
  for (const auto& server : servers_) endpoints.push_back(server->endpoint());
  return endpoints;
}

void FakeSentinels::tell(const std::string& master_ip, std::uint64_t epoch,
                         const std::vector<std::string>& replica_ips) {
  for (const auto& story : stories_) story->tell(master_ip, epoch, replica_ips);
}

void FakeSentinels::tell_one(std::size_t index, const std::string& master_ip, std::uint64_t epoch,
                             const std::vector<std::string>& replica_ips) {
  stories_.at(index)->tell(master_ip, epoch, replica_ips);
}

void FakeSentinels::on_command(std::function<void()> hook) {
  const std::lock_guard lock(mutex_);
  hook_ = std::move(hook);
}

void FakeSentinels::publish(std::size_t index, const std::string& type, const std::string& description) {
  servers_.at(index)->publish(list({bulk("pmessage"), bulk(type), bulk(type), bulk(description)}));
}

void FakeSentinels::announce(std::size_t index, const std::string& from_ip, const std::string& to_ip) {
  publish(index, "+switch-master", "mymaster " + from_ip + " 6379 " + to_ip + " 6379");
}

}  // namespace rediscovery::testing
