#include "updater/command_line.hpp"

#include <algorithm>
#include <charconv>

namespace rediscovery::updater {
namespace {

using Arguments = std::vector<std::string>;

struct Command {
  std::string_view name;
  Mode mode;
  std::size_t arguments;
  bool one_shot;    // --timeout-ms
  bool selectable;  // --master
  bool plans;       // --accept-epoch-reset
};

constexpr Command kCommands[] = {
    {"on-reconfig", Mode::on_reconfig, 7, true, false, false},
    {"on-event", Mode::on_event, 2, true, false, false},
    {"run", Mode::run, 0, false, false, false},
    {"plan", Mode::plan, 0, true, true, true},
    {"apply", Mode::apply, 0, true, true, true},
    {"check", Mode::check, 0, true, true, false},
    {"status", Mode::status, 0, true, true, false},
};

const Command* find_command(std::string_view name) {
  const auto* found = std::find_if(std::begin(kCommands), std::end(kCommands),
                                   [name](const Command& command) { return command.name == name; });
  return found == std::end(kCommands) ? nullptr : found;
}

std::string see_help(std::string_view command) {
  return "; see \"rediscovery-updater " + std::string(command) + (command.empty() ? "" : " ") + "--help\"";
}

std::chrono::milliseconds parse_timeout(const std::string& text, std::string_view command) {
  constexpr int kLeast = 100;
  constexpr int kMost = 50'000;  // Sentinel kills a script after 60 s
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < kLeast || value > kMost) {
    throw UsageError("--timeout-ms: \"" + text + "\" is not a number from " + std::to_string(kLeast) +
                     " to " + std::to_string(kMost) + see_help(command));
  }
  return std::chrono::milliseconds(value);
}

Colours parse_colours(const std::string& text) {
  if (text == "auto") return Colours::automatic;
  if (text == "always") return Colours::always;
  if (text == "never") return Colours::never;
  throw UsageError("--color: \"" + text + "\" is not known; expected auto, always or never" +
                   see_help("check"));
}

bool has_json(Mode mode) { return mode == Mode::plan || mode == Mode::check || mode == Mode::status; }

// Reads the options of one command. Only what begins with "--" is an option: events are called "-sdown".
class OptionReader {
 public:
  OptionReader(const Command& command, const Arguments& arguments)
      : command_(command), arguments_(arguments) {
    invocation_.mode = command.mode;
  }

  Invocation read() {
    for (at_ = 1; at_ < arguments_.size(); ++at_) {
      const std::string& argument = arguments_[at_];
      if (argument == "--help" || (argument == "-h" && command_.arguments == 0)) {
        invocation_ = {};
        invocation_.topic = command_.name;
        return invocation_;
      }
      if (argument.starts_with("--") || (argument.starts_with("-") && command_.arguments == 0)) {
        read_option(argument);
      } else {
        invocation_.arguments.push_back(argument);
      }
    }
    if (invocation_.arguments.size() != command_.arguments) {
      throw UsageError(std::string(command_.name) + " takes " + std::to_string(command_.arguments) +
                       " arguments, not " + std::to_string(invocation_.arguments.size()) +
                       see_help(command_.name));
    }
    return invocation_;
  }

 private:
  void read_option(const std::string& argument) {
    const auto equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const auto value = [&]() -> std::string {
      if (equals != std::string::npos) return argument.substr(equals + 1);
      if (at_ + 1 < arguments_.size()) return arguments_[++at_];
      throw UsageError(name + " needs a value" + see_help(command_.name));
    };
    const bool is_flag = equals == std::string::npos;
    if (name == "--config") {
      invocation_.config = value();
      if (invocation_.config->empty()) throw UsageError("--config needs the name of a file");
    } else if (name == "--master" && command_.selectable) {
      invocation_.masters.push_back(value());
    } else if (name == "--timeout-ms" && command_.one_shot) {
      invocation_.timeout = parse_timeout(value(), command_.name);
    } else if (name == "--json" && has_json(command_.mode) && is_flag) {
      invocation_.json = true;
    } else if (name == "--color" && command_.mode == Mode::check) {
      invocation_.colours = parse_colours(value());
    } else if (name == "--accept-epoch-reset" && command_.plans && is_flag) {
      invocation_.accept_epoch_reset = true;
    } else if (!is_flag && (name == "--json" || name == "--accept-epoch-reset")) {
      throw UsageError(name + " takes no value" + see_help(command_.name));
    } else {
      throw UsageError("unknown option " + name + " for " + std::string(command_.name) +
                       see_help(command_.name));
    }
  }

  const Command& command_;
  const Arguments& arguments_;
  Invocation invocation_;
  std::size_t at_ = 0;
};

Invocation from_sentinel(Mode mode, const Arguments& arguments) {
  Invocation invocation;
  invocation.mode = mode;
  invocation.arguments = arguments;
  return invocation;
}

Invocation help(std::string topic) {
  Invocation invocation;
  invocation.topic = std::move(topic);
  return invocation;
}

}  // namespace

Invocation parse_command_line(std::string_view program, const Arguments& arguments) {
  const auto slash = program.rfind('/');
  const auto name = slash == std::string_view::npos ? program : program.substr(slash + 1);
  for (const Command& command : kCommands) {
    if (command.arguments == 0 || name != "rediscovery-" + std::string(command.name)) continue;
    if (arguments.size() == 1 && arguments[0] == "--help") return help(std::string(command.name));
    if (arguments.size() != command.arguments) {
      throw UsageError(std::string(name) + " takes the " + std::to_string(command.arguments) +
                       " arguments that Sentinel gives it, not " + std::to_string(arguments.size()) +
                       see_help(command.name));
    }
    return from_sentinel(command.mode, arguments);
  }

  if (arguments.empty()) throw UsageError("no command" + see_help(""));
  const std::string& first = arguments[0];
  if (const Command* command = find_command(first)) return OptionReader(*command, arguments).read();
  constexpr std::size_t kReconfigArguments = 7;
  if (arguments.size() == kReconfigArguments && !first.starts_with("-")) {
    return from_sentinel(Mode::on_reconfig, arguments);
  }
  if (first == "--help" || first == "-h" || first == "help") {
    const std::string topic = arguments.size() > 1 ? arguments[1] : "";
    if (help_text(topic).empty()) throw UsageError("no help on \"" + topic + "\"" + see_help(""));
    return help(topic);
  }
  if (first == "--version") {
    Invocation invocation;
    invocation.mode = Mode::version;
    return invocation;
  }
  const char* kind = first.starts_with("-") ? "unknown option " : "unknown command ";
  throw UsageError(kind + first + see_help(""));
}

}  // namespace rediscovery::updater
