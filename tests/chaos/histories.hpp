// The replication histories of a run, and how much of each the final master has.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "chaos/journal.hpp"

namespace rediscovery::chaos {

class Histories {
 public:
  static constexpr std::uint64_t kAll = UINT64_MAX;

  void add(const History& history);
  [[nodiscard]] std::size_t size() const { return parents_.size(); }

  // How far `history` is a part of `later`: up to this offset; kAll when it is the same. Nothing when
  // `later` does not descend from it.
  [[nodiscard]] std::optional<std::uint64_t> kept(const std::string& history, const std::string& later) const;
  [[nodiscard]] bool is_ancestor(const std::string& older, const std::string& later) const {
    return older != later && kept(older, later).has_value();
  }

 private:
  struct Parent {
    std::string id;
    std::uint64_t cut = 0;
  };
  std::map<std::string, Parent> parents_;
};

}  // namespace rediscovery::chaos
