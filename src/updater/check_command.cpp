#include "updater/check_command.hpp"

#include <nlohmann/json.hpp>
#include <ostream>

#include "updater/check_findings.hpp"
#include "updater/check_gather.hpp"
#include "updater/check_text.hpp"
#include "updater/status_table.hpp"

namespace rediscovery::updater {
namespace {

Facts gather_for(const Invocation& invocation, const Config& config, const std::string& config_path,
                 bool thorough) {
  GatherOptions options;
  options.config_path = config_path;
  options.thorough = thorough;
  for (const auto& master : config.masters) {
    const auto& chosen = invocation.masters;
    if (chosen.empty() || std::find(chosen.begin(), chosen.end(), master.name) != chosen.end()) {
      options.masters.push_back(&master);
    }
  }
  const auto span = invocation.timeout.value_or(config.deadline);
  return gather(config, options, core::saturating_add(std::chrono::steady_clock::now(), span));
}

void write(const nlohmann::json& value, std::ostream& out) {
  out << value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

}  // namespace

int run_check(const Invocation& invocation, const Config& config, const std::string& config_path,
              bool colours, std::ostream& out) {
  const auto found = findings(gather_for(invocation, config, config_path, true));
  if (invocation.json) {
    write(to_json(found), out);
  } else {
    print(found, colours, out);
  }
  return exit_code(found);
}

int run_status(const Invocation& invocation, const Config& config, const std::string& config_path,
               std::ostream& out) {
  const auto facts = gather_for(invocation, config, config_path, false);
  const auto statuses = statuses_of(facts);
  if (invocation.json) {
    write(to_json(statuses), out);
  } else {
    print(statuses, out);
  }
  return exit_code(statuses);
}

bool wants_colours(Colours colours, bool is_terminal, const consul::Environment& environment) {
  if (colours != Colours::automatic) return colours == Colours::always;
  return is_terminal && environment("NO_COLOR").value_or("").empty();
}

}  // namespace rediscovery::updater
