#include "consul/error.hpp"

#include <ostream>

namespace rediscovery::consul {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::unreachable:
      return "unreachable";
    case ErrorKind::timeout:
      return "timeout";
    case ErrorKind::cancelled:
      return "cancelled";
    case ErrorKind::tls:
      return "tls";
    case ErrorKind::unavailable:
      return "unavailable";
    case ErrorKind::lost_race:
      return "lost_race";
    case ErrorKind::permission_denied:
      return "permission_denied";
    case ErrorKind::missing_registration:
      return "missing_registration";
    case ErrorKind::rejected:
      return "rejected";
    case ErrorKind::too_large:
      return "too_large";
    case ErrorKind::malformed:
      return "malformed";
  }
  return "unknown";
}

std::ostream& operator<<(std::ostream& out, ErrorKind kind) { return out << to_string(kind); }

bool is_transient(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::unreachable:
    case ErrorKind::timeout:
    case ErrorKind::cancelled:
    case ErrorKind::unavailable:
    case ErrorKind::lost_race:
    case ErrorKind::missing_registration:
    case ErrorKind::malformed:  // most often a proxy's error page, while Consul restarts behind it
      return true;
    case ErrorKind::tls:
    case ErrorKind::permission_denied:
    case ErrorKind::rejected:
    case ErrorKind::too_large:
      return false;
  }
  return false;
}

std::ostream& operator<<(std::ostream& out, const Error& error) {
  return out << error.kind << ": " << error.message;
}

}  // namespace rediscovery::consul
