#include "fake_sentinel.hpp"

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

std::string SentinelStory::answer(const std::vector<std::string>& command) const {
  const std::lock_guard lock(mutex_);
  const std::string question = command.size() > 1 ? command[1] : "";
  if (question == "MASTER") {
    return texts({"name", "mymaster", "ip", master_ip_, "port", "6379", "flags", "master",
                  "num-other-sentinels", "2", "quorum", "2", "config-epoch", std::to_string(epoch_)});
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
    server.set_command_handler([&story](const std::vector<std::string>& command) {
      return TcpAction{story.answer(command), false, {}};
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

}  // namespace rediscovery::testing
