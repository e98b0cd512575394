// st-api-gate: see `st-api-gate --help`.
#include <iostream>

#include "app/commands.hpp"
#include "common/settings.hpp"

namespace {

int carry_out(const st_gate::Config& config, st_gate::Stop& stop) {
  using st_gate::Command;
  switch (config.command) {
    case Command::run:
      return st_gate::run(config, stop);
    case Command::once:
      return st_gate::once(config, stop);
    case Command::plan:
      return st_gate::plan(config, std::cout);
    case Command::status:
      return st_gate::status(config, std::cout);
    case Command::admit:
      return st_gate::admit(config, std::cout);
    case Command::exclude:
      return st_gate::exclude(config, std::cout);
    case Command::help:
      break;
  }
  std::cout << st_gate::help_text();
  return st_gate::kDone;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto config = st_gate::read_config({argv + 1, argv + argc}, st_api::process_environment());
    st_api::set_log_level(config.log_level);
    st_gate::Stop stop;
    return carry_out(config, stop);
  } catch (const st_api::UsageError& problem) {
    std::cerr << "st-api-gate: " << problem.what() << "\nTry st-api-gate --help.\n";
    return st_gate::kWrongUse;
  } catch (const std::exception& problem) {
    std::cerr << "st-api-gate: " << problem.what() << "\n";
    return st_gate::kNotNow;
  }
}
