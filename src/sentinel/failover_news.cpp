#include "sentinel/failover_news.hpp"

#include <charconv>
#include <ostream>
#include <utility>

#include "sentinel/event.hpp"

namespace rediscovery::sentinel {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || text.empty() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Of "slave <name> <ip> <port> @ …".
std::optional<core::Endpoint> replica_of(std::string_view description, const AddressOf& address_of) {
  const auto words = words_of(description);
  if (words.size() < 4 || words[0] != "slave") return std::nullopt;
  return endpoint_of(words[2], words[3], address_of);
}

}  // namespace

std::optional<FailoverEvent> FailoverNews::on(std::string_view type, std::string_view description) {
  if (type == "+new-epoch") {
    new_epoch_ = number(description);
    return std::nullopt;
  }
  const auto master = master_of(type, description);
  if (!master) return std::nullopt;
  if (type == "+try-failover") {
    failovers_.erase(*master);
    if (const auto epoch = std::exchange(new_epoch_, std::nullopt)) failovers_.emplace(*master, *epoch);
    return std::nullopt;
  }
  if (type == "+selected-slave") {
    const auto failover = failovers_.find(*master);
    const auto replica = replica_of(description, address_of_);
    if (failover == failovers_.end() || !replica) return std::nullopt;
    return Selected{*master, sentinel_, failover->second, *replica};
  }
  if (type == "+promoted-slave" || type.starts_with("-failover-abort-")) {
    failovers_.erase(*master);
    return Ended{*master, sentinel_};
  }
  return std::nullopt;
}

void FailoverNews::forget() {
  new_epoch_.reset();
  failovers_.clear();
}

std::ostream& operator<<(std::ostream& out, const Selected& selected) {
  return out << selected.master << ": Sentinel " << selected.leader << " promotes " << selected.replica
             << " at epoch " << selected.epoch;
}

std::ostream& operator<<(std::ostream& out, const Ended& ended) {
  return out << ended.master << ": ended at Sentinel " << ended.leader;
}

}  // namespace rediscovery::sentinel
