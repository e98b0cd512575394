// All that happened, to the microsecond, for those who ask where the time went.
#pragma once

#include <filesystem>

#include "record.hpp"

namespace rediscovery::demo {

// One JSON object per line, in the order of time: "us" from the fault, "who", "what".
void write_timeline(const std::filesystem::path& file, const Record& record,
                    const std::vector<Writer::PoolEvent>& events);

}  // namespace rediscovery::demo
