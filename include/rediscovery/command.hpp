// A Redis command: its words, and what the caller promises about running it again.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rediscovery {

// A value that owns its words; each may hold any bytes. The first is the command's name.
class Command {
 public:
  // Command{"SET", key, "1"}: whatever is text. No std::initializer_list: gcc 12 cannot compile one in a
  // co_await expression.
  template <typename... Words>
    requires(sizeof...(Words) > 0 && (std::convertible_to<const Words&, std::string_view> && ...))
  Command(const Words&... words) {  // NOLINT(google-explicit-constructor)
    words_.reserve(sizeof...(words));
    (words_.emplace_back(std::string_view(words)), ...);
  }
  explicit Command(std::vector<std::string> words) : words_(std::move(words)) {}

  // The caller's promise that running this command twice is as good as once (SET k v is, INCR is not).
  // Then a command that is in doubt is sent again within its deadline instead of returned as an error. Not so
  // a script or EXEC: the old master may have run, and replicated, a part of it.
  Command& idempotent(bool yes = true) & {
    idempotent_ = yes;
    return *this;
  }
  Command&& idempotent(bool yes = true) && {
    idempotent_ = yes;
    return std::move(*this);
  }

  [[nodiscard]] const std::vector<std::string>& words() const noexcept { return words_; }
  [[nodiscard]] bool is_idempotent() const noexcept { return idempotent_; }

 private:
  std::vector<std::string> words_;
  bool idempotent_ = false;
};

}  // namespace rediscovery
