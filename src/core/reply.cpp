#include <rediscovery/reply.hpp>

#include <charconv>
#include <ostream>

namespace rediscovery {
namespace {

void print_quoted(std::ostream& out, std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out << '"';
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out << '\\' << c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      out << "\\x" << kHex[byte >> 4] << kHex[byte & 15];
    } else {
      out << c;
    }
  }
  out << '"';
}

}  // namespace

Reply Reply::status(std::string text) {
  Reply reply;
  reply.type_ = Type::status;
  reply.text_ = std::move(text);
  return reply;
}

Reply Reply::error(std::string text) {
  Reply reply = status(std::move(text));
  reply.type_ = Type::error;
  return reply;
}

Reply Reply::string(std::string bytes) {
  Reply reply = status(std::move(bytes));
  reply.type_ = Type::string;
  return reply;
}

Reply Reply::integer(std::int64_t value) {
  Reply reply;
  reply.type_ = Type::integer;
  reply.integer_ = value;
  return reply;
}

Reply Reply::real(double value) {
  Reply reply;
  reply.type_ = Type::real;
  reply.real_ = value;
  return reply;
}

Reply Reply::boolean(bool value) {
  Reply reply = integer(value ? 1 : 0);
  reply.type_ = Type::boolean;
  return reply;
}

Reply Reply::array(std::vector<Reply> elements) {
  Reply reply;
  reply.type_ = Type::array;
  reply.elements_ = std::move(elements);
  return reply;
}

Reply Reply::map(std::vector<Reply> keys_and_values) {
  Reply reply = array(std::move(keys_and_values));
  reply.type_ = Type::map;
  return reply;
}

std::optional<std::int64_t> Reply::to_integer() const noexcept {
  switch (type_) {
    case Type::integer:
    case Type::boolean:
      return integer_;
    case Type::string:
    case Type::status: {
      std::int64_t value = 0;
      const char* end = text_.data() + text_.size();
      const auto [stopped, error] = std::from_chars(text_.data(), end, value);
      if (error == std::errc() && stopped == end) return value;
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

std::ostream& operator<<(std::ostream& out, const Reply& reply) {
  switch (reply.type()) {
    case Reply::Type::nil:
      return out << "(nil)";
    case Reply::Type::status:
      return out << reply.text();
    case Reply::Type::error:
      return out << "(error) " << reply.text();
    case Reply::Type::string:
      print_quoted(out, reply.text());
      return out;
    case Reply::Type::integer:
      return out << reply.integer_;
    case Reply::Type::real:
      return out << reply.real_;
    case Reply::Type::boolean:
      return out << (reply.integer_ != 0 ? "true" : "false");
    case Reply::Type::array:
    case Reply::Type::map:
      break;
  }
  out << (reply.type() == Reply::Type::map ? '{' : '[');
  const char* separator = "";
  for (const Reply& element : reply.elements()) {
    out << separator << element;
    separator = ", ";
  }
  return out << (reply.type() == Reply::Type::map ? '}' : ']');
}

}  // namespace rediscovery
