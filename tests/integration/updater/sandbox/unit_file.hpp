// What a systemd unit says, as far as a sandbox needs it.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace rediscovery::testing {

// Values by name, in the order of the file, whatever the section. An empty value empties what came before it.
class UnitFile {
 public:
  // The unit, then its drop-ins. Throws std::runtime_error if one cannot be read.
  explicit UnitFile(const std::vector<std::filesystem::path>& files);

  [[nodiscard]] const std::vector<std::string>& all(const std::string& name) const;
  // All values of a name, split at blanks.
  [[nodiscard]] std::vector<std::string> words(const std::string& name) const;
  // The last one; empty if there is none.
  [[nodiscard]] std::string last(const std::string& name) const;
  [[nodiscard]] bool is_on(const std::string& name) const;

 private:
  void read(const std::filesystem::path& file);

  std::map<std::string, std::vector<std::string>> values_;
};

[[nodiscard]] std::vector<std::string> split_words(const std::string& text);

}  // namespace rediscovery::testing
