// The steps of the demo.
#pragma once

#include "gate/stage.hpp"
#include "screen.hpp"

namespace rediscovery::demo {

struct Step {
  std::string what;
  bool seen = false;
  double seconds = 0;
};

// Tells each step as it happens. Throws Interrupted.
[[nodiscard]] std::vector<Step> show_gate(GateStage& stage, Screen& screen);

}  // namespace rediscovery::demo
