// What is left at the end, and what is to be said of it.
#pragma once

#include <string>
#include <vector>

#include "chaos/attribution.hpp"
#include "chaos/faults.hpp"
#include "chaos/observer.hpp"
#include "chaos/world.hpp"

namespace rediscovery::chaos {

struct Result {
  std::vector<Journal> journals;
  Judgement judgement;
  std::size_t histories = 0;
  std::vector<Happened> happened;
  std::map<std::string, std::vector<Holding>> holdings;
  std::vector<std::string> problems;  // a writer that is not back, a fault that could not be healed
  double ran_seconds = 0;

  [[nodiscard]] bool failed() const {
    return judgement.ours() || !judgement.unproven.empty() || !problems.empty();
  }
};

[[nodiscard]] std::vector<Journal> read_journals(const std::vector<Writer>& writers);
// Of the master; throws std::runtime_error if there is none.
[[nodiscard]] Remains read_remains(testing::Cluster& cluster, const std::vector<Writer>& writers);

}  // namespace rediscovery::chaos
