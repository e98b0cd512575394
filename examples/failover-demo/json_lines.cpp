#include "json_lines.hpp"

#include <array>

namespace rediscovery::demo {

std::vector<nlohmann::json> JsonLines::read_new() {
  if (!file_.is_open()) file_.open(path_);
  file_.clear();  // the end of before may not be the end now
  std::array<char, 4096> buffer{};
  while (file_.read(buffer.data(), buffer.size()), file_.gcount() > 0) {
    unfinished_.append(buffer.data(), static_cast<std::size_t>(file_.gcount()));
  }
  std::vector<nlohmann::json> lines;
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = unfinished_.find('\n', begin)) != std::string::npos; begin = end + 1) {
    auto line = nlohmann::json::parse(unfinished_.substr(begin, end - begin), nullptr, false);
    if (line.is_object()) lines.push_back(std::move(line));
  }
  unfinished_.erase(0, begin);
  return lines;
}

}  // namespace rediscovery::demo
