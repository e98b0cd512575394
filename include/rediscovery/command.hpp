// A Redis command: its words, and what the caller promises about running it again.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rediscovery/read_from.hpp>

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

  // Asks that `replicas` have acknowledged the write, too, within so long (WAIT, on the same connection;
  // https://redis.io/commands/wait/). With fewer, the result is the error `unacknowledged`, in doubt: the
  // master has run the command, and a failover may lose it. Others on the connection wait meanwhile, so
  // `within` should be shorter than Options::silence_timeout. At least 1 ms; 0 replicas ask for nothing.
  Command& acknowledged_by(std::uint32_t replicas, std::chrono::milliseconds within) & {
    replicas_ = replicas;
    within_ = within;
    return *this;
  }
  Command&& acknowledged_by(std::uint32_t replicas, std::chrono::milliseconds within) && {
    return std::move(acknowledged_by(replicas, within));
  }

  // Whom to ask, in place of Options::read_from. Only for commands that only read; others are refused.
  Command& from(ReadFrom nodes) & {
    read_from_ = nodes;
    return *this;
  }
  Command&& from(ReadFrom nodes) && { return std::move(from(nodes)); }

  [[nodiscard]] const std::vector<std::string>& words() const noexcept { return words_; }
  [[nodiscard]] bool is_idempotent() const noexcept { return idempotent_; }
  [[nodiscard]] std::uint32_t replicas() const noexcept { return replicas_; }  // 0: the master alone
  [[nodiscard]] std::chrono::milliseconds within() const noexcept { return within_; }
  [[nodiscard]] std::optional<ReadFrom> read_from() const noexcept { return read_from_; }
  // The text of the script that this runs by its hash; null: it does not.
  [[nodiscard]] const std::shared_ptr<const std::string>& script() const noexcept { return script_; }

 private:
  friend class Script;

  std::vector<std::string> words_;
  std::shared_ptr<const std::string> script_;
  std::chrono::milliseconds within_{0};
  std::uint32_t replicas_ = 0;
  std::optional<ReadFrom> read_from_;
  bool idempotent_ = false;
};

}  // namespace rediscovery
