// What may be shown of a text that others wrote and that may repeat a secret of ours.
#pragma once

#include <string>
#include <string_view>

namespace rediscovery::core {

// The text, or only that it cannot be shown: a hole would tell a secret that is a word ("No such *** with
// that name"), or a part of one. An empty secret is none.
[[nodiscard]] std::string redact(std::string text, std::string_view secret);

// Its first 400 bytes, enough to recognise it, and only characters that cannot forge a log line. To be called
// after redact(): of a secret, that would not recognise what is left here.
[[nodiscard]] std::string excerpt(std::string_view text);

}  // namespace rediscovery::core
