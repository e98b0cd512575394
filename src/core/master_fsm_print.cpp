// How MasterFsm's values are written in tests and traces.
#include <ostream>

#include "core/master_fsm.hpp"
#include "core/overloaded.hpp"

namespace rediscovery::core {

std::string_view to_string(EvidenceKind kind) {
  switch (kind) {
    case EvidenceKind::read_only:
      return "read_only";
    case EvidenceKind::lost:
      return "lost";
    case EvidenceKind::unreachable:
      return "unreachable";
    case EvidenceKind::silent:
      return "silent";
    case EvidenceKind::unavailable:
      break;
  }
  return "unavailable";
}

std::string_view to_string(OldMaster old) {
  switch (old) {
    case OldMaster::answers:
      return "answers";
    case OldMaster::ended:
      return "ended";
    case OldMaster::hung:
      break;
  }
  return "hung";
}

std::ostream& operator<<(std::ostream& out, const MasterFsm::Action& action) {
  std::visit(
      Overloaded{
          [&](const MasterFsm::Verify& a) { out << "Verify{" << a.endpoint << '}'; },
          [&](const MasterFsm::Suspect& a) {
            out << "Suspect{" << to_string(a.kind) << ' ' << a.detail << '}';
          },
          [&](const MasterFsm::Confirm& a) { out << "Confirm{" << a.took.count() << " ns}"; },
          [&](const MasterFsm::Adopt& a) {
            out << "Adopt{" << a.endpoint << " generation " << a.generation << ' ' << a.kinship << " old "
                << to_string(a.old) << ' ' << a.took.count() << " ns}";
          },
          [&](const MasterFsm::Refuse& a) { out << "Refuse{" << a.endpoint << ' ' << a.reason << '}'; },
          [&](const MasterFsm::ReportFailed& a) {
            out << "ReportFailed{" << a.endpoint << ' ' << a.problem << (a.refused_user ? " user}" : "}");
          },
      },
      action);
  return out;
}

std::ostream& operator<<(std::ostream& out, MasterFsm::State state) {
  switch (state) {
    case MasterFsm::State::unknown:
      return out << "unknown";
    case MasterFsm::State::following:
      return out << "following";
    case MasterFsm::State::suspect:
      break;
  }
  return out << "suspect";
}

}  // namespace rediscovery::core
