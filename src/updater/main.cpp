// rediscovery-updater: keeps Redis' roles true in Consul after a Redis Sentinel switch.
#include <iostream>
#include <string>
#include <vector>

#include "updater/commands.hpp"

int main(int argc, char** argv) {
  const std::string program = argc > 0 ? argv[0] : "rediscovery-updater";
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) arguments.emplace_back(argv[i]);
  return rediscovery::updater::run_command(program, arguments, rediscovery::consul::process_environment(),
                                           std::cout, std::cerr);
}
