// A Lua script that is sent by its hash, and by its text only where the server does not know it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <rediscovery/command.hpp>
#include <rediscovery/export.hpp>

namespace rediscovery {

// A value, cheap to copy; to be made once. A new master, or one whose scripts were flushed, gets the text
// once.
class REDISCOVERY_EXPORT Script {
 public:
  // The SHA-1 is computed here. Throws std::bad_alloc only.
  explicit Script(std::string source);

  // EVALSHA <sha> <number of keys> <keys…> <arguments…>: a command like any other, for execute() of Pool,
  // Lease or AsyncClient. On NOSCRIPT, which proves that nothing was run, the same is sent at once as EVAL.
  // In a Transaction it is EVAL from the start: there NOSCRIPT would come when the other commands have run.
  // Between MULTI and EXEC of a Lease it is refused for that reason.
  [[nodiscard]] Command call(const std::vector<std::string_view>& keys,
                             const std::vector<std::string_view>& arguments = {}) const;

  [[nodiscard]] const std::string& sha() const noexcept { return sha_; }
  [[nodiscard]] const std::string& source() const noexcept { return *source_; }

 private:
  std::shared_ptr<const std::string> source_;
  std::string sha_;
};

}  // namespace rediscovery
