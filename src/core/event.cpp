#include <rediscovery/event.hpp>

#include <ostream>

namespace rediscovery {

std::string_view to_string(EventKind kind) noexcept {
  switch (kind) {
    case EventKind::resolved:
      return "resolved";
    case EventKind::lookup_failed:
      return "lookup_failed";
    case EventKind::suspect:
      return "suspect";
    case EventKind::verified:
      return "verified";
    case EventKind::adopted:
      return "adopted";
    case EventKind::refused:
      return "refused";
    case EventKind::authentication:
      return "authentication";
    case EventKind::connection_opened:
      return "connection_opened";
    case EventKind::connection_closed:
      return "connection_closed";
    case EventKind::drained:
      return "drained";
  }
  return "unknown";
}

std::ostream& operator<<(std::ostream& out, const Event& event) {
  out << to_string(event.kind) << " generation " << event.generation;
  if (!event.endpoint.empty()) out << ' ' << event.endpoint;
  if (!event.reason.empty()) out << ": " << event.reason;
  if (event.took.count() != 0) out << " (" << event.took.count() << " us)";
  return out;
}

}  // namespace rediscovery
