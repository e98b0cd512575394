// The replication histories of a run, and how much of each the final master has.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "chaos/journal.hpp"

namespace rediscovery::chaos {

class Histories {
 public:
  static constexpr std::uint64_t kAll = UINT64_MAX;

  // `seen`: a node has been its master since then, at the latest; 0: not looked at.
  void add(const History& history, Micros seen = 0);
  [[nodiscard]] std::size_t size() const { return parents_.size(); }

  // How far `history` is a part of `later`: up to this offset; kAll when it is the same. Nothing when
  // `later` does not descend from it.
  [[nodiscard]] std::optional<std::uint64_t> kept(const std::string& history, const std::string& later) const;
  [[nodiscard]] bool is_ancestor(const std::string& older, const std::string& later) const {
    return older != later && kept(older, later).has_value();
  }
  // The first of those that it came out of; nothing if one in between is not known.
  [[nodiscard]] std::optional<std::string> root_of(const std::string& history) const;
  // What was promoted out of `history` on the way to `later`, which descends from it; and when it was seen,
  // 0: it was not.
  [[nodiscard]] std::pair<std::string, Micros> successor(const std::string& history,
                                                         const std::string& later) const;

 private:
  // It and what it came out of, one after the other, as far as that is known.
  [[nodiscard]] std::vector<std::string> line_of(const std::string& history) const;

  struct Parent {
    std::string id;
    std::uint64_t cut = 0;
    Micros seen = 0;
  };
  std::map<std::string, Parent> parents_;
};

}  // namespace rediscovery::chaos
