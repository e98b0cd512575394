// What the updater is asked to do: by its arguments, and by the name it is called by. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace rediscovery::updater {

enum class Mode : std::uint8_t { help, version, on_reconfig, on_event, run, plan, apply, check, status };

enum class Colours : std::uint8_t { automatic, always, never };

struct Invocation {
  Mode mode = Mode::help;
  std::string topic;                                 // help: a command's name; empty: the whole
  std::optional<std::string> config;                 // --config
  std::vector<std::string> masters;                  // --master; empty: all
  bool json = false;                                 // plan, check and status
  Colours colours = Colours::automatic;              // --color, check
  bool accept_epoch_reset = false;                   // plan and apply
  std::optional<std::chrono::milliseconds> timeout;  // --timeout-ms, one-shots
  std::vector<std::string> arguments;                // on-reconfig: seven; on-event: two

  friend bool operator==(const Invocation&, const Invocation&) = default;
};

// The message says what is wrong, and the remedy.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// `program` is argv[0]. Called as rediscovery-on-reconfig or rediscovery-on-event (a symbolic link that
// Sentinel can be given as its script), or with seven arguments and no command, everything is taken as
// Sentinel's. Throws UsageError.
[[nodiscard]] Invocation parse_command_line(std::string_view program,
                                            const std::vector<std::string>& arguments);

// The text of `--help`; `topic` as in Invocation. Empty for an unknown topic.
[[nodiscard]] std::string help_text(std::string_view topic);

}  // namespace rediscovery::updater
