#include "options.hpp"

#include <array>
#include <charconv>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "live/fault.hpp"
#include "usage.hpp"

namespace rediscovery::demo {
namespace {

constexpr std::array kScenarios{Scenario::kill, Scenario::hang, Scenario::planned, Scenario::repoint,
                                Scenario::move};
constexpr std::array kDiscoveries{Discovery::standbys, Discovery::push, Discovery::dns};
constexpr std::array<std::string_view, 2> kPromotions{"announced", "observed"};

std::string_view to_string(std::string_view text) { return text; }
const std::string& to_string(const std::string& text) { return text; }

// Every request that waits for a new master occupies a thread and a connection of st-api, for up to 3 s; its
// HTTP library cannot handle more than a thousand connections.
constexpr int kHighestRate = 300;
constexpr int kLiveRate = 300;
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
  for (const auto& choice : choices) {
    if (text == to_string(choice)) return choice;
    expected += (expected.empty() ? "" : ", ") + std::string(to_string(choice));
  }
  throw UsageError(option + ": \"" + text + "\" is not one of " + expected);
}

// "all", or some of them in the order in which they shall happen.
std::vector<std::string> read_faults(const std::string& option, const std::string& text) {
  const auto known = live::faults_with_undoing();
  if (text == "all") return known;
  std::vector<std::string> faults;
  std::istringstream names(text);
  for (std::string name; std::getline(names, name, ',');) faults.push_back(one_of(known, option, name));
  if (faults.empty()) throw UsageError(option + ": names at least one fault, or is \"all\"");
  return faults;
}

// What belongs to one scenario means nothing to faults at will, and the other way round.
void check_kind(const Options& options, const std::set<std::string>& given) {
  const auto refuse = [&given](std::initializer_list<const char*> names, const std::string& why) {
    for (const char* name : names) {
      if (given.contains(name)) throw UsageError(std::string(name) + why);
    }
  };
  if (options.live.wanted()) {
    refuse({"--scenario", "--writer-rate", "--runs"}, " does not go with --web or --faults");
  }
  if (!options.live.web) refuse({"--port", "--page-folder", "--chart-library"}, " needs --web");
  if (options.live.faults.empty()) refuse({"--rounds"}, " needs --faults");
  if (options.live.wanted() && options.live.faults.empty() && options.json) {
    throw UsageError("--json needs --faults: the page tells its figures at /state");
  }
  if (options.live.wanted() && options.rate == 0)
    throw UsageError("--rate 0 does not go with --web or --faults");
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
  std::set<std::string> given;
  std::optional<int> rate;
  std::optional<std::string> duration;
  using Setter = std::function<void(const std::string& name, const std::string& value)>;
  const std::map<std::string, Setter> setters = {
      {"--scenario", [&](auto& name, auto& value) { options.scenario = one_of(kScenarios, name, value); }},
      {"--rate", [&](auto& name, auto& value) { rate = number(name, value, 0, kHighestRate); }},
      {"--writer-rate",
       [&](auto& name, auto& value) { options.writer_rate = number(name, value, 0, kHighestWriterRate); }},
      {"--discovery",
       [&](auto& name, auto& value) { options.discovery = one_of(kDiscoveries, name, value); }},
      {"--updater",
       [&](auto& name, auto& value) { options.updater_promotion = one_of(kPromotions, name, value); }},
      {"--duration", [&](auto&, auto& value) { duration = value; }},
      {"--port",
       [&](auto& name, auto& value) {
         options.live.port = static_cast<std::uint16_t>(number(name, value, 0, 65535));
       }},
      {"--page-folder", [&](auto&, auto& value) { options.live.page_folder = value; }},
      {"--chart-library", [&](auto&, auto& value) { options.live.chart_library = value; }},
      {"--faults", [&](auto& name, auto& value) { options.live.faults = read_faults(name, value); }},
      {"--rounds", [&](auto& name, auto& value) { options.live.rounds = number(name, value, 1, 1000); }},
      {"--runs", [&](auto& name, auto& value) { options.runs = number(name, value, 1, 1000); }},
      {"--logs", [&](auto&, auto& value) { options.logs = value; }},
      {"--st-api-program", [&](auto&, auto& value) { options.st_api_program = value; }},
      {"--gate-program", [&](auto&, auto& value) { options.gate_program = value; }},
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
    if (arguments[i] == "--web") {
      options.live.web = true;
      continue;
    }
    const auto equals = arguments[i].find('=');
    const std::string name = arguments[i].substr(0, equals);
    const auto setter = setters.find(name);
    if (setter == setters.end()) throw UsageError("unknown option " + arguments[i]);
    given.insert(name);
    if (equals != std::string::npos) {
      setter->second(name, arguments[i].substr(equals + 1));
    } else if (++i < arguments.size()) {
      setter->second(name, arguments[i]);
    } else {
      throw UsageError(name + " needs a value");
    }
  }
  if (options.live.wanted()) {
    options.rate = rate.value_or(kLiveRate);
    if (duration) options.live.duration = std::chrono::seconds(number("--duration", *duration, 1, 86'400));
  } else {
    options.rate = rate.value_or(options.rate);
    if (duration) options.duration = std::chrono::seconds(number("--duration", *duration, 6, 300));
  }
  check_kind(options, given);
  check_together(options);
  return options;
}

std::string usage() { return kUsage; }

}  // namespace rediscovery::demo
