// One row of SENTINEL MASTER, REPLICAS or SENTINELS: a flat list of names and values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <rediscovery/reply.hpp>

namespace rediscovery::sentinel {

// Hexadecimal digits, which is all that a run id consists of: it may be written into Consul.
[[nodiscard]] bool is_run_id(std::string_view text);

class Row {
 public:
  // nullopt unless the reply is a list (or a RESP3 map) of pairs of texts.
  [[nodiscard]] static std::optional<Row> parse(const Reply& reply);

  // Empty if there is no such field.
  [[nodiscard]] std::string_view text(std::string_view field) const;
  // nullopt if there is no such field, or it is not wholly a decimal number that fits.
  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view field) const;
  // The field "runid"; empty if it is no run id.
  [[nodiscard]] std::string run_id() const;
  // Whether the field "flags", a list with commas, holds `flag`.
  [[nodiscard]] bool has_flag(std::string_view flag) const;

 private:
  std::map<std::string, std::string, std::less<>> fields_;
};

}  // namespace rediscovery::sentinel
