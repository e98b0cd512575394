// What may be shown of a text that others wrote and that may repeat a secret of ours.
#pragma once

#include <string>
#include <string_view>

namespace rediscovery::core {

// The text, or only that it cannot be shown: a hole would tell a secret that is a word ("No such *** with
// that name"), or a part of one. An empty secret is none.
[[nodiscard]] std::string redact(std::string text, std::string_view secret);

}  // namespace rediscovery::core
