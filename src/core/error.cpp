#include <rediscovery/error.hpp>

#include <ostream>

#include <rediscovery/result.hpp>

namespace rediscovery {

std::string_view to_string(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::no_master:
      return "no_master";
    case ErrorCode::no_replica:
      return "no_replica";
    case ErrorCode::timeout:
      return "timeout";
    case ErrorCode::connection_lost:
      return "connection_lost";
    case ErrorCode::server_error:
      return "server_error";
    case ErrorCode::authentication:
      return "authentication";
    case ErrorCode::overloaded:
      return "overloaded";
    case ErrorCode::closed:
      return "closed";
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::protocol:
      return "protocol";
    case ErrorCode::unacknowledged:
      return "unacknowledged";
    case ErrorCode::cancelled:
      return "cancelled";
    case ErrorCode::forked:
      return "forked";
    case ErrorCode::unexpected_reply:
      return "unexpected_reply";
  }
  return "unknown";
}

std::string_view to_string(Executed executed) noexcept {
  switch (executed) {
    case Executed::no:
      return "no";
    case Executed::maybe:
      return "maybe";
    case Executed::yes:
      return "yes";
  }
  return "unknown";
}

std::ostream& operator<<(std::ostream& out, const TimeSpent& spent) {
  const auto in_ms = [](std::chrono::microseconds duration) {
    return static_cast<double>(duration.count()) / 1000;
  };
  return out << "waited " << in_ms(spent.waiting) << " ms (look-ups " << in_ms(spent.resolving)
             << " ms, connecting " << in_ms(spent.connecting) << " ms, verifying " << in_ms(spent.verifying)
             << " ms), " << in_ms(spent.answering) << " ms for answers";
}

Error Error::with(const TimeSpent& spent) const {
  Error error = *this;
  error.spent_ = spent;
  return error;
}

std::ostream& operator<<(std::ostream& out, const Error& error) {
  out << to_string(error.code()) << " (executed: " << to_string(error.executed()) << "): " << error.message();
  if (error.spent() != TimeSpent{}) out << "; " << error.spent();
  return out;
}

BadResultAccess::BadResultAccess(Error error)
    : error_(std::move(error)), text_("the command failed: " + error_.message()) {}

}  // namespace rediscovery
