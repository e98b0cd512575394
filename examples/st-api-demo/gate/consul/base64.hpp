#pragma once

#include <string>

namespace st_gate {

// Throws std::invalid_argument when it is none.
[[nodiscard]] std::string decode_base64(const std::string& text);

}  // namespace st_gate
