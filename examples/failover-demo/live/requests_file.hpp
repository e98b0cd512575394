// The last requests of both lanes, one by one, for those who draw or count them.
#pragma once

#include <filesystem>

#include "live/lanes.hpp"

namespace rediscovery::demo::live {

// As CSV: lane, when it was due and how long it took in milliseconds, on the clock of the page's events, and
// what came of it: ok, failed, or in_doubt. That it could not be written is told on standard error.
void write_requests(const std::filesystem::path& file, Lanes& lanes);

}  // namespace rediscovery::demo::live
