// How PoolFsm's values are written in tests and traces.
#include <ostream>

#include "core/overloaded.hpp"
#include "core/pool_fsm.hpp"

namespace rediscovery::core {

std::ostream& operator<<(std::ostream& out, const PoolFsm::Action& action) {
  std::visit(Overloaded{
                 [&](const PoolFsm::Lend& a) { out << "Lend{" << a.connection << " to " << a.waiter << '}'; },
                 [&](const PoolFsm::Fail& a) { out << "Fail{" << a.waiter << ' ' << a.error << '}'; },
                 [&](const PoolFsm::Connect& a) { out << "Connect{generation " << a.generation << '}'; },
                 [&](const PoolFsm::Close& a) { out << "Close{" << a.connection << ' ' << a.reason << '}'; },
                 [&](const PoolFsm::CutOff& a) { out << "CutOff{" << a.connection << '}'; },
                 [&](const PoolFsm::Check& a) { out << "Check{" << a.connection << '}'; },
                 [&](const PoolFsm::Drained& a) { out << "Drained{before " << a.generation << '}'; },
             },
             action);
  return out;
}

std::ostream& operator<<(std::ostream& out, PoolFsm::State state) {
  switch (state) {
    case PoolFsm::State::starting:
      return out << "starting";
    case PoolFsm::State::serving:
      return out << "serving";
    case PoolFsm::State::paused:
      return out << "paused";
    case PoolFsm::State::closed:
      break;
  }
  return out << "closed";
}

}  // namespace rediscovery::core
