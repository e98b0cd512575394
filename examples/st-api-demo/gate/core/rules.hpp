// What the operator has decided; the defaults suit a handful of nodes.
#pragma once

#include <cstddef>

#include "time.hpp"

namespace st_gate {

struct Rules {
  // The floor: so many addresses stay in the answer, whatever their health.
  std::size_t floor_count = 1;
  int floor_percent = 50;  // of the registered ones that are admitted

  // Nobody is removed while the healthy are fewer by more than this share than at best within the window. One
  // node alone is never suspicious.
  int shrink_percent = 50;
  Millis shrink_window{60'000};

  // Hysteresis. Leaving is quick and entering slow: a node that is left in by mistake costs more than one
  // that is left out.
  Millis rise{5'000};   // healthy for so long before it enters
  Millis fall{0};       // critical for so long before it leaves
  Millis hold{30'000};  // out for so long before it enters again

  // Writing. The first change goes at once, what follows is gathered.
  Millis batch{1'000};          // between two updates
  int updates_per_minute = 20;  // on average; as many may come at one time
  Millis backoff_first{500};    // after an update that failed, doubled with each
  Millis backoff_longest{30'000};
  Millis asked_longest{300'000};  // what a server may ask for; its mistake must not last for hours
};

}  // namespace st_gate
