#include "sentinel/listing.hpp"

#include <ostream>

#include "sentinel/row.hpp"

namespace rediscovery::sentinel {

std::ostream& operator<<(std::ostream& out, const Identity& identity) {
  out << identity.endpoint;
  return identity.run_id.empty() ? out : out << " (run " << identity.run_id << ")";
}

std::vector<Command> listing_questions(const std::string& master) {
  return {Command{"SENTINEL", "SENTINELS", master}, Command{"SENTINEL", "MYID"}};
}

Listing read_listing(const Reply& sentinels, const Reply& own_run_id, const AddressOf& address_of) {
  Listing listing;
  if (own_run_id.type() == Reply::Type::string && is_run_id(own_run_id.text()))
    listing.run_id = own_run_id.text();
  if (sentinels.type() != Reply::Type::array) return listing;
  listing.told = true;
  for (const auto& element : sentinels.elements()) {
    const auto row = Row::parse(element);
    if (!row) continue;
    const auto endpoint = endpoint_of(row->text("ip"), row->text("port"), address_of);
    if (endpoint) listing.others.emplace_back(*endpoint, row->run_id());
  }
  return listing;
}

}  // namespace rediscovery::sentinel
