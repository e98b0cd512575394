#include "sentinel/row.hpp"

#include <charconv>

namespace rediscovery::sentinel {
namespace {

bool is_text(const Reply& reply) {
  return reply.type() == Reply::Type::string || reply.type() == Reply::Type::status;
}

}  // namespace

bool is_run_id(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<Row> Row::parse(const Reply& reply) {
  if (reply.type() != Reply::Type::array && reply.type() != Reply::Type::map) return std::nullopt;
  const auto& elements = reply.elements();
  if (elements.size() % 2 != 0) return std::nullopt;
  Row row;
  for (std::size_t i = 0; i < elements.size(); i += 2) {
    if (!is_text(elements[i]) || !is_text(elements[i + 1])) return std::nullopt;
    row.fields_.emplace(elements[i].text(), elements[i + 1].text());
  }
  return row;
}

std::string_view Row::text(std::string_view field) const {
  const auto found = fields_.find(field);
  return found == fields_.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<std::uint64_t> Row::number(std::string_view field) const {
  const auto value = text(field);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || value.empty() || end != value.data() + value.size()) return std::nullopt;
  return number;
}

std::string Row::run_id() const {
  const auto found = text("runid");
  return is_run_id(found) ? std::string(found) : std::string();
}

bool Row::has_flag(std::string_view flag) const {
  auto rest = text("flags");
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    if (rest.substr(0, comma) == flag) return true;
    if (comma == std::string_view::npos) return false;
    rest.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace rediscovery::sentinel
