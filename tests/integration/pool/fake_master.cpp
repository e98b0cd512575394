#include "pool/fake_master.hpp"

#include <utility>

namespace rediscovery::testing {

std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

FakeMaster::FakeMaster(const std::string& ip, std::string history)
    : history_(std::move(history)), server_(ip) {
  answer("+OK\r\n");
}

void FakeMaster::answer(Answer other) {
  const std::string server = bulk("run_id:" + history_ + "\r\n");
  const std::string replication =
      bulk("role:master\r\nmaster_replid:" + history_ + "\r\nmaster_replid2:" + std::string(40, '0') +
           "\r\nmaster_repl_offset:1\r\nsecond_repl_offset:-1\r\n");
  server_.set_command_handler(
      [server, replication, other = std::move(other)](const std::vector<std::string>& words) -> TcpAction {
        if (words.size() > 1 && words[1] == "SETINFO") return {"+OK\r\n"};
        if (words.front() == "ROLE") return {"*3\r\n" + bulk("master") + ":1\r\n*0\r\n"};
        if (words.size() == 2 && words.front() == "INFO") {
          return {words[1] == "server" ? server : replication};
        }
        return other(words);
      });
}

void FakeMaster::answer(std::string bytes) {
  answer([bytes = std::move(bytes)](const std::vector<std::string>&) { return TcpAction{bytes}; });
}

}  // namespace rediscovery::testing
