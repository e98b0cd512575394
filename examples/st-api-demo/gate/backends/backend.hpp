// Where the public records are. Two back ends: a DNS server that takes updates, and Amazon's Route 53.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "core/plan.hpp"
#include "core/world.hpp"

namespace st_gate {

// The records cannot be read. The message says what to do about it.
class BackendError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Written {
  enum class Result {
    done,
    conflict,  // the records are not those that were read: nothing was changed
    refused,   // nothing was changed, and trying again will not help
    failed,    // it may or may not have been done: read again
  };
  Result result = Result::done;
  std::string message;
  Millis retry_after{};  // the server's wish; 0: none
};

class Backend {
 public:
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  virtual ~Backend() = default;

  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual Published read() = 0;
  // All of it or nothing, and only if the records are those that were read.
  [[nodiscard]] virtual Written write(const Published& seen, const std::vector<Change>& changes) = 0;
};

}  // namespace st_gate
