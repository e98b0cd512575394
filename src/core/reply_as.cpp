#include <rediscovery/reply_as.hpp>

#include <charconv>

namespace rediscovery::detail {
namespace {

std::string counted(std::size_t count, const char* thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

std::string described(const Reply& reply) {
  switch (reply.type()) {
    case Reply::Type::nil:
      return "nil";
    case Reply::Type::status:
      return "a status of " + counted(reply.text().size(), "byte");
    case Reply::Type::error:
      return "an error (" + std::string(reply.text()) + ")";
    case Reply::Type::string:
      return "a string of " + counted(reply.text().size(), "byte");
    case Reply::Type::integer:
      return "the integer " + std::to_string(reply.to_integer().value_or(0));
    case Reply::Type::real:
      return "a floating-point number";
    case Reply::Type::boolean:
      return reply.to_integer() == 1 ? "true" : "false";
    case Reply::Type::array:
      return "an array of " + std::to_string(reply.elements().size());
    case Reply::Type::map:
      return "a map of " + std::to_string(reply.elements().size() / 2);
  }
  return "of an unknown type";
}

}  // namespace

Error mismatch(const Reply& came, const std::string& wanted, const Place& place) {
  std::string path;
  for (const Place* at = &place; at->outer != nullptr; at = at->outer) {
    path.insert(0, "[" + std::to_string(at->index) + "]");
  }
  const std::string remedy = came.is_nil() ? "; std::optional takes nil, too" : "";
  return {ErrorCode::unexpected_reply, Executed::yes,
          "the reply" + (path.empty() ? "" : "'s element " + path) + " is " + described(came) + ", not " +
              wanted + remedy};
}

std::optional<double> number_in(const Reply& reply) noexcept {
  switch (reply.type()) {
    case Reply::Type::real:
      return reply.to_real();
    case Reply::Type::integer:
      return static_cast<double>(*reply.to_integer());
    case Reply::Type::string:
    case Reply::Type::status: {
      double number = 0;
      const char* end = reply.text().data() + reply.text().size();
      const auto [stopped, error] = std::from_chars(reply.text().data(), end, number);
      if (error == std::errc() && stopped == end) return number;
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace rediscovery::detail
