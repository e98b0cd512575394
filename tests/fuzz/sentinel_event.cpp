// A Sentinel's events, a line each: type, a space, description. News is made of numeric addresses only, and
// with the epoch of a +new-epoch that was heard.
#include <set>

#include "core/endpoint.hpp"
#include "core/overloaded.hpp"
#include "fuzz/bytes.hpp"
#include "fuzz/target.hpp"
#include "sentinel/event.hpp"
#include "sentinel/failover_news.hpp"

namespace rediscovery::fuzz {
namespace {

std::optional<std::string> address_of(std::string_view name) {
  if (name == "redis-1") return "10.0.0.6";
  return std::nullopt;
}

class Listener {
 public:
  void hear(std::string_view type, std::string_view description) {
    if (const auto master = sentinel::master_of(type, description)) {
      EXPECT_FALSE(master->empty());
    }
    if (type == "+new-epoch") epochs_.insert(std::string(description));
    const auto event = news_.on(type, description);
    if (!event) return;
    std::visit(core::Overloaded{
                   [&](const sentinel::Selected& e) { selected(e); },
                   [&](const sentinel::Ended& e) { EXPECT_EQ(e.leader, kLeader); },
               },
               *event);
  }
  void forget() {
    news_.forget();
    epochs_.clear();
    EXPECT_FALSE(news_.under_way());
  }

 private:
  void selected(const sentinel::Selected& event) {
    EXPECT_EQ(event.leader, kLeader);
    EXPECT_FALSE(event.master.empty());
    EXPECT_TRUE(core::is_numeric_address(event.replica.address)) << event.replica.address;
    EXPECT_NE(event.replica.port, 0);
    EXPECT_TRUE(news_.under_way());
    bool heard = false;
    for (const auto& epoch : epochs_)
      heard = heard || epoch.find(std::to_string(event.epoch)) != std::string::npos;
    EXPECT_TRUE(heard) << "nobody has published epoch " << event.epoch;
  }

  const core::Endpoint kLeader{"10.0.0.5", 26379, ""};
  sentinel::FailoverNews news_{kLeader, address_of};
  std::set<std::string> epochs_;
};

}  // namespace
}  // namespace rediscovery::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rediscovery;
  fuzz::Bytes input(data, size);
  fuzz::Listener listener;
  while (!input.empty()) {
    const auto line = input.until('\n');
    if (line.empty()) {
      listener.forget();
      continue;
    }
    const auto space = std::min(line.find(' '), line.size());
    (void)sentinel::is_trigger(line.substr(0, space));
    listener.hear(line.substr(0, space), line.substr(std::min(space + 1, line.size())));
  }
  return 0;
}
