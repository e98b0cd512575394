// What a Sentinel says of itself, and of the other Sentinels of a master. Pure.
#pragma once

#include <string>
#include <vector>

#include <rediscovery/command.hpp>
#include <rediscovery/reply.hpp>

#include "sentinel/host_book.hpp"
#include "sentinel/identity.hpp"

namespace rediscovery::sentinel {

// SENTINEL SENTINELS and SENTINEL MYID, to be asked behind questions(). They are no part of those: a Sentinel
// that does not know them, or does not let us ask, can be read all the same.
[[nodiscard]] std::vector<Command> listing_questions(const std::string& master);

struct Listing {
  std::string run_id;  // its own; empty: not known
  bool told = false;   // whether it has said who the others are
  std::vector<Identity> others = {};
  friend bool operator==(const Listing&, const Listing&) = default;
};

// REQUIRES: as many answers as listing_questions(). Rows without a usable address are left out.
[[nodiscard]] Listing read_listing(const Reply& sentinels, const Reply& own_run_id,
                                   const AddressOf& address_of = no_address);

}  // namespace rediscovery::sentinel
