// rediscovery_gate_demo: st-api-gate on real servers. `scripts/demo --gate --help` tells all.
#include <cstdio>
#include <exception>
#include <iostream>

#include "measure.hpp"
#include "show.hpp"

namespace {

using namespace rediscovery::demo;

struct Options {
  Programs programs;
  int measure = 0;
  bool json = false;
};

class WrongUse : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

Options parse(const std::vector<std::string>& arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const auto equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const auto value = [&] {
      if (equals != std::string::npos) return argument.substr(equals + 1);
      if (i + 1 >= arguments.size()) throw WrongUse(name + " needs a value");
      return arguments[++i];
    };
    if (name == "--st-api-program") {
      options.programs.st_api = value();
    } else if (name == "--gate-program") {
      options.programs.gate = value();
    } else if (argument == "--json") {
      options.json = true;
    } else if (name == "--measure") {
      const std::string text = value();
      const bool digits =
          !text.empty() && text.size() < 5 && text.find_first_not_of("0123456789") == std::string::npos;
      options.measure = digits ? std::stoi(text) : 0;
      if (options.measure < 1 || options.measure > 1000)
        throw WrongUse("--measure: \"" + text + "\" is not a number from 1 to 1000");
    } else {
      throw WrongUse("unknown option " + argument);
    }
  }
  if (options.programs.st_api.empty() || options.programs.gate.empty())
    throw WrongUse("scripts/demo --gate says where the programs are");
  return options;
}

int measure(GateStage& stage, const Options& options, Screen& screen) {
  const auto result = measure_gate(stage, options.measure, screen);
  const auto row = [&](const char* what, const char* name) {
    char text[120];
    std::snprintf(text, sizeof text, "  %-52s median %8.1f ms, worst %8.1f ms", what,
                  result[name]["median"].get<double>(), result[name]["worst"].get<double>());
    screen.line(text);
  };
  screen.heading("Redis taken away from one st-api, " + std::to_string(options.measure) +
                 " times; Consul checks once a second");
  row("Redis gone to check critical: Consul and st-api", "redis_gone_to_critical_ms");
  row("check critical to address out of the answer: the gate", "critical_to_out_of_the_answer_ms");
  row("the whole", "whole_ms");
  if (options.json) screen.line(result.dump());
  return 0;
}

int show(GateStage& stage, const Options& options, Screen& screen) {
  const auto steps = show_gate(stage, screen);
  screen.line("");
  screen.heading("Summary");
  nlohmann::ordered_json json = {{"ok", true}, {"steps", nlohmann::ordered_json::array()}};
  for (const auto& step : steps) {
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%6.1f s  ", step.seconds);
    screen.line((step.seen ? "  seen     " : "  NOT SEEN ") + std::string(seconds) + step.what);
    json["steps"].push_back({{"what", step.what}, {"seen", step.seen}, {"seconds", step.seconds}});
    if (!step.seen) json["ok"] = false;
  }
  if (json["ok"] == false) screen.line("The gate's log:\n" + stage.gate_log());
  if (options.json) screen.line(json.dump());
  return json["ok"] == true ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options = parse({argv + 1, argv + argc});
    const StopRequest stop;
    Screen screen;
    try {
      GateStage stage(options.programs, stop);
      return options.measure > 0 ? measure(stage, options, screen) : show(stage, options, screen);
    } catch (const Interrupted&) {
      screen.line("interrupted; all servers have been taken down");
      constexpr int kInterrupted = 130;
      return kInterrupted;
    }
  } catch (const WrongUse& problem) {
    std::cerr << "rediscovery_gate_demo: " << problem.what() << "\nTry scripts/demo --gate --help.\n";
    return 2;
  } catch (const std::exception& problem) {
    std::cerr << "rediscovery_gate_demo: " << problem.what() << "\n";
    return 1;
  }
}
