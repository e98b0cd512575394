#include "core/lineage.hpp"

#include <ostream>

namespace rediscovery::core {

Kinship kinship(const Lineage& candidate, const Lineage& adopted) {
  if (candidate.id.empty() || adopted.id.empty()) return Kinship::unrelated;
  if (candidate.id == adopted.id) return Kinship::same;
  if (candidate.previous_id == adopted.id) return Kinship::descendant;
  if (candidate.id == adopted.previous_id) return Kinship::ancestor;
  return Kinship::unrelated;
}

std::ostream& operator<<(std::ostream& out, Kinship kinship) {
  switch (kinship) {
    case Kinship::same:
      return out << "same";
    case Kinship::descendant:
      return out << "descendant";
    case Kinship::ancestor:
      return out << "ancestor";
    case Kinship::unrelated:
      break;
  }
  return out << "unrelated";
}

}  // namespace rediscovery::core
