#include "updater/check_finding.hpp"

#include <algorithm>
#include <ostream>

namespace rediscovery::updater {

std::string_view to_string(Area area) {
  switch (area) {
    case Area::configuration:
      return "configuration";
    case Area::sentinels:
      return "sentinels";
    case Area::scripts:
      return "scripts";
    case Area::consul:
      return "consul";
    case Area::permissions:
      return "permissions";
    case Area::fence:
      return "fence";
    case Area::catalog:
      return "catalog";
    case Area::dns:
      return "dns";
    case Area::redis:
      return "redis";
  }
  return "?";
}

std::string_view to_string(Grade grade) {
  switch (grade) {
    case Grade::ok:
      return "ok";
    case Grade::warning:
      return "warning";
    case Grade::healing:
      return "healing";
    case Grade::problem:
      return "problem";
  }
  return "?";
}

std::ostream& operator<<(std::ostream& out, Area area) { return out << to_string(area); }
std::ostream& operator<<(std::ostream& out, Grade grade) { return out << to_string(grade); }

std::ostream& operator<<(std::ostream& out, const Finding& finding) {
  if (!finding.master.empty()) out << finding.master << ": ";
  out << finding.grade << " " << finding.area << ": " << finding.text;
  if (!finding.remedy.empty()) out << " -> " << finding.remedy;
  return out;
}

int exit_code(const Findings& findings) {
  int code = 0;
  for (const auto& finding : findings) {
    if (finding.grade == Grade::healing) code = std::max(code, 1);
    if (finding.grade == Grade::problem) code = 2;
  }
  return code;
}

}  // namespace rediscovery::updater
