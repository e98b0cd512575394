// Small files that a configuration names.
#pragma once

#include <cstddef>
#include <string>

namespace rediscovery::redis {

struct FileContent {
  std::string bytes;
  std::string problem;  // what is wrong with the file, to be put behind its name; empty: nothing
};

// The whole of a regular file of at most `most` bytes; anything else is a problem, an empty one too. A pipe
// is not waited for.
[[nodiscard]] FileContent read_file(const std::string& path, std::size_t most);

// The password in a file, without the line break at its end.
[[nodiscard]] FileContent read_password(const std::string& path);

}  // namespace rediscovery::redis
