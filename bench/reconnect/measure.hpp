// A row's figures, a block of moves at a time.
#pragma once

#include <cstddef>
#include <vector>

#include "mover.hpp"
#include "subject.hpp"

namespace rediscovery::bench {

// Milliseconds until the first write that the new master acknowledged.
struct Samples {
  std::vector<double> from_role;
  std::vector<double> from_name;
  std::vector<double> name_to_cut;  // of this, what passes before the old master cuts its clients
  std::size_t acknowledged = 0;
  std::size_t lost = 0;  // of these, not on the master after the move
};

// Makes the client anew, moves the master `moves` times, and appends what it measured.
void measure(testing::Cluster& cluster, Mover& mover, const Client& client, int moves, Samples& samples);

}  // namespace rediscovery::bench
