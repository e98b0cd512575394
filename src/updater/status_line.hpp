// What "systemctl status" shows of the daemon. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace rediscovery::updater {

// `troubles`: by master. Long ones are cut: the log has all of them.
[[nodiscard]] std::string status_line(std::size_t masters, std::size_t sentinels,
                                      const std::map<std::string, std::string>& troubles);

}  // namespace rediscovery::updater
