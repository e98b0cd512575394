// What one Sentinel publishes while it leads a failover, before the new master is announced. Pure.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/endpoint.hpp"
#include "sentinel/host_book.hpp"

namespace rediscovery::sentinel {

// The leader has chosen the replica that it promotes next: some 50 ms from now, at its next step.
struct Selected {
  std::string master;
  core::Endpoint leader;    // the Sentinel
  std::uint64_t epoch = 0;  // of this failover; the config-epoch, once it has succeeded
  core::Endpoint replica;
  friend bool operator==(const Selected&, const Selected&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Selected& selected);
};

// The leader has given the failover up, or has itself seen the promotion, which it announces now.
struct Ended {
  std::string master;
  core::Endpoint leader;
  friend bool operator==(const Ended&, const Ended&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Ended& ended);
};

using FailoverEvent = std::variant<Selected, Ended>;

// Reads the events of one Sentinel in their order. No event, and no answer of a Sentinel, pairs a master with
// the epoch of a failover under way. But every failover begins with +new-epoch and, published in the same
// breath, +try-failover: the epoch is that of the last +new-epoch before it. One whose beginning was missed
// stays without an epoch, and so without news.
class FailoverNews {
 public:
  // `address_of`: for replicas that are announced by host names.
  explicit FailoverNews(core::Endpoint sentinel, AddressOf address_of = no_address)
      : sentinel_(std::move(sentinel)), address_of_(std::move(address_of)) {}

  // nullopt: nothing to act upon.
  [[nodiscard]] std::optional<FailoverEvent> on(std::string_view type, std::string_view description);
  // Events were missed.
  void forget();
  // It leads a failover whose beginning was heard.
  [[nodiscard]] bool under_way() const { return !failovers_.empty(); }

 private:
  core::Endpoint sentinel_;
  AddressOf address_of_;
  std::optional<std::uint64_t> new_epoch_;                       // not taken by a failover yet
  std::map<std::string, std::uint64_t, std::less<>> failovers_;  // under way: master, epoch
};

}  // namespace rediscovery::sentinel
