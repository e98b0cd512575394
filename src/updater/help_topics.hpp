// What "rediscovery-updater help <topic>" says about what all commands share.
#pragma once

#include <string_view>

namespace rediscovery::updater {

extern const std::string_view kHelpConfig;
extern const std::string_view kHelpExitCodes;
extern const std::string_view kHelpEnvironment;
extern const std::string_view kHelpFiles;

}  // namespace rediscovery::updater
