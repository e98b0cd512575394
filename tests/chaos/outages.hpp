// For how long a writer had nothing acknowledged. Pure.
#pragma once

#include <vector>

#include "chaos/journal.hpp"

namespace rediscovery::chaos {

class Outages {
 public:
  explicit Outages(const Journal& journal);
  // The longest time without an acknowledgement that has a part in this one.
  [[nodiscard]] Micros longest(Micros from, Micros until) const;

 private:
  std::vector<Micros> acknowledged_;  // ascending
};

}  // namespace rediscovery::chaos
