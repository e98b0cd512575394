// What Sentinels publish and hand to notification scripts: a type, and a description in one of a few forms.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rediscovery::sentinel {

// The event types after which a role may have moved, or a replica may have come or gone.
[[nodiscard]] const std::vector<std::string>& trigger_types();
[[nodiscard]] bool is_trigger(std::string_view type);
// The event types that FailoverNews makes its news of; some of them are triggers, too.
[[nodiscard]] const std::vector<std::string>& failover_types();

// The words of a description.
[[nodiscard]] std::vector<std::string_view> words_of(std::string_view text);

// The name of the master that an event is about; nullopt if the description is not of a known form. Forms:
//
//   master <name> <ip> <port> [#…]
//   slave|sentinel <name> <ip> <port> @ <master> <ip> <port> [#…]
//   <name> <old-ip> <old-port> <new-ip> <new-port>                  of +switch-master only
[[nodiscard]] std::optional<std::string> master_of(std::string_view type, std::string_view description);

}  // namespace rediscovery::sentinel
