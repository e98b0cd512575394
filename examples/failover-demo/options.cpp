#include "options.hpp"

#include <array>
#include <charconv>
#include <functional>
#include <map>

#include "usage.hpp"

namespace rediscovery::demo {
namespace {

constexpr std::array kScenarios{Scenario::kill, Scenario::hang, Scenario::planned, Scenario::repoint,
                                Scenario::move};
constexpr std::array kDiscoveries{Discovery::standbys, Discovery::push, Discovery::dns};
constexpr std::array<std::string_view, 2> kPromotions{"announced", "observed"};

std::string_view to_string(std::string_view text) { return text; }

// Every request that waits for a new master occupies a thread and a connection of st-api, for up to 3 s; its
// HTTP library cannot handle more than a thousand connections.
constexpr int kHighestRate = 250;
// One thread writes one key after the other: beyond, it could not keep its schedule.
constexpr int kHighestWriterRate = 2000;

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

template <typename Choices>
auto one_of(const Choices& choices, const std::string& option, const std::string& text) {
  std::string expected;
  for (const auto choice : choices) {
    if (text == to_string(choice)) return choice;
    expected += (expected.empty() ? "" : ", ") + std::string(to_string(choice));
  }
  throw UsageError(option + ": \"" + text + "\" is not one of " + expected);
}

void check_together(const Options& options) {
  if (options.rate == 0 && options.writer_rate == 0) {
    throw UsageError("--rate 0 needs --writer-rate: otherwise nothing would be written");
  }
  if (is_by_hand(options.scenario) && !options.updater_promotion.empty()) {
    throw UsageError("--updater: there is none in the scenario " + std::string(to_string(options.scenario)) +
                     ", in which an operator moves the name");
  }
  if (options.st_api_program.empty() || options.updater_program.empty()) {
    throw UsageError(
        "--st-api-program and --updater-program must name the two programs; scripts/demo does that");
  }
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
    case Scenario::move:
      return "move";
  }
  return "?";
}

bool is_by_hand(Scenario scenario) { return scenario == Scenario::repoint || scenario == Scenario::move; }

std::string_view to_string(Discovery discovery) {
  switch (discovery) {
    case Discovery::standbys:
      return "standbys";
    case Discovery::push:
      return "push";
    case Discovery::dns:
      return "dns";
  }
  return "?";
}

Options parse_options(const std::vector<std::string>& arguments) {
  Options options;
  using Setter = std::function<void(const std::string& name, const std::string& value)>;
  const std::map<std::string, Setter> setters = {
      {"--scenario", [&](auto& name, auto& value) { options.scenario = one_of(kScenarios, name, value); }},
      {"--rate", [&](auto& name, auto& value) { options.rate = number(name, value, 0, kHighestRate); }},
      {"--writer-rate",
       [&](auto& name, auto& value) { options.writer_rate = number(name, value, 0, kHighestWriterRate); }},
      {"--discovery",
       [&](auto& name, auto& value) { options.discovery = one_of(kDiscoveries, name, value); }},
      {"--updater",
       [&](auto& name, auto& value) { options.updater_promotion = one_of(kPromotions, name, value); }},
      {"--duration",
       [&](auto& name, auto& value) {
         options.duration = std::chrono::seconds(number(name, value, 6, 300));
       }},
      {"--runs", [&](auto& name, auto& value) { options.runs = number(name, value, 1, 1000); }},
      {"--logs", [&](auto&, auto& value) { options.logs = value; }},
      {"--st-api-program", [&](auto&, auto& value) { options.st_api_program = value; }},
      {"--updater-program", [&](auto&, auto& value) { options.updater_program = value; }},
  };
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--help" || arguments[i] == "-h") {
      options.help = true;
      return options;
    }
    if (arguments[i] == "--json") {
      options.json = true;
      continue;
    }
    const auto equals = arguments[i].find('=');
    const std::string name = arguments[i].substr(0, equals);
    const auto setter = setters.find(name);
    if (setter == setters.end()) throw UsageError("unknown option " + arguments[i]);
    if (equals != std::string::npos) {
      setter->second(name, arguments[i].substr(equals + 1));
    } else if (++i < arguments.size()) {
      setter->second(name, arguments[i]);
    } else {
      throw UsageError(name + " needs a value");
    }
  }
  check_together(options);
  return options;
}

std::string usage() { return kUsage; }

}  // namespace rediscovery::demo
