#include "options.hpp"

#include <array>
#include <charconv>

#include "usage.hpp"

namespace rediscovery::demo {
namespace {

constexpr std::array kScenarios{Scenario::kill, Scenario::hang, Scenario::planned, Scenario::repoint};

// Every request that waits for a new master occupies a thread and a connection of st-api, for up to 3 s; its
// HTTP library cannot handle more than a thousand connections.
constexpr int kHighestRate = 250;

int number(const std::string& option, const std::string& text, int least, int most) {
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stopped != end || value < least || value > most) {
    throw UsageError(option + ": \"" + text + "\" is not a number from " + std::to_string(least) + " to " +
                     std::to_string(most));
  }
  return value;
}

Scenario scenario(const std::string& text) {
  for (const auto known : kScenarios) {
    if (text == to_string(known)) return known;
  }
  throw UsageError("--scenario: \"" + text + "\" is not kill, hang, planned or repoint");
}

}  // namespace

std::string_view to_string(Scenario scenario) {
  switch (scenario) {
    case Scenario::kill:
      return "kill";
    case Scenario::hang:
      return "hang";
    case Scenario::planned:
      return "planned";
    case Scenario::repoint:
      return "repoint";
  }
  return "?";
}

Options parse_options(const std::vector<std::string>& arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto equals = arguments[i].find('=');
    const std::string name = arguments[i].substr(0, equals);
    const auto value = [&] {
      if (equals != std::string::npos) return arguments[i].substr(equals + 1);
      if (i + 1 == arguments.size()) throw UsageError(name + " needs a value");
      return arguments[++i];
    };
    if (arguments[i] == "--help" || arguments[i] == "-h") {
      options.help = true;
      return options;
    }
    if (arguments[i] == "--json") {
      options.json = true;
    } else if (name == "--scenario") {
      options.scenario = scenario(value());
    } else if (name == "--rate") {
      options.rate = number(name, value(), 1, kHighestRate);
    } else if (name == "--duration") {
      options.duration = std::chrono::seconds(number(name, value(), 6, 300));
    } else if (name == "--logs") {
      options.logs = value();
    } else if (name == "--st-api") {
      options.st_api = value();
    } else if (name == "--updater") {
      options.updater = value();
    } else {
      throw UsageError("unknown option " + arguments[i]);
    }
  }
  if (options.st_api.empty() || options.updater.empty()) {
    throw UsageError("--st-api and --updater must name the two programs; scripts/demo does that");
  }
  return options;
}

std::string usage() { return kUsage; }

}  // namespace rediscovery::demo
