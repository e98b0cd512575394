#include "unit_file.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace rediscovery::testing {

std::vector<std::string> split_words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

UnitFile::UnitFile(const std::vector<std::filesystem::path>& files) {
  for (const auto& file : files) read(file);
}

void UnitFile::read(const std::filesystem::path& file) {
  std::ifstream stream(file);
  if (!stream) throw std::runtime_error(file.string() + " cannot be read; is redis-sentinel installed?");
  for (std::string line; std::getline(stream, line);) {
    const auto equals = line.find('=');
    if (line.empty() || line[0] == '#' || line[0] == ';' || line[0] == '[' || equals == std::string::npos) {
      continue;
    }
    auto& values = values_[line.substr(0, equals)];
    const auto value = line.substr(equals + 1);
    if (value.empty()) values.clear();
    values.push_back(value);
  }
}

const std::vector<std::string>& UnitFile::all(const std::string& name) const {
  static const std::vector<std::string> none;
  const auto found = values_.find(name);
  return found == values_.end() ? none : found->second;
}

std::vector<std::string> UnitFile::words(const std::string& name) const {
  std::vector<std::string> result;
  for (const auto& value : all(name)) {
    for (auto& word : split_words(value)) result.push_back(std::move(word));
  }
  return result;
}

std::string UnitFile::last(const std::string& name) const {
  const auto& values = all(name);
  return values.empty() ? std::string() : values.back();
}

bool UnitFile::is_on(const std::string& name) const {
  const auto value = last(name);
  return value == "true" || value == "yes" || value == "on" || value == "1";
}

}  // namespace rediscovery::testing
