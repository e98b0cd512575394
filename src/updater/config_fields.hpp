// Reads the fields of one JSON object, and refuses those that nobody asked for.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace rediscovery::updater {

// Every function throws ConfigError naming the field's full path, e.g. "consul.timeout_ms". Absent fields are
// nullopt or the default. `object` must outlive this.
class Fields {
 public:
  Fields(const nlohmann::json& object, std::string path);

  [[nodiscard]] std::optional<std::string> text(std::string_view name);  // not empty
  [[nodiscard]] std::optional<bool> boolean(std::string_view name);
  [[nodiscard]] std::optional<std::vector<std::string>> texts(std::string_view name);  // at least one
  [[nodiscard]] std::chrono::milliseconds milliseconds(std::string_view name,
                                                       std::chrono::milliseconds fallback,
                                                       std::chrono::milliseconds least,
                                                       std::chrono::milliseconds most);
  [[nodiscard]] int integer(std::string_view name, int fallback, int least, int most);
  // nullptr if absent; any type otherwise.
  [[nodiscard]] const nlohmann::json* any(std::string_view name);
  // Calls `read` with the nested object, if it is there.
  void object(std::string_view name, const std::function<void(Fields&)>& read);

  // Refuses fields that were not asked for. Call last.
  void finish() const;

  [[nodiscard]] std::string path_of(std::string_view name) const;

 private:
  const nlohmann::json& object_;
  std::string path_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace rediscovery::updater
