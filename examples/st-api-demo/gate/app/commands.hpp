#pragma once

#include <ostream>

#include "app/config.hpp"
#include "app/stop.hpp"

namespace st_gate {

// What the process ends with; the same for all commands.
enum Exit : int { kDone = 0, kNotNow = 1, kWrongUse = 2, kGuarded = 3 };

int run(const Config& config, Stop& stop);
int once(const Config& config, Stop& stop);
int plan(const Config& config, std::ostream& out);
int status(const Config& config, std::ostream& out);
int admit(const Config& config, std::ostream& out);
int exclude(const Config& config, std::ostream& out);

}  // namespace st_gate
