// Whatever a server says is read without harm, alike however it is cut into pieces, and never converted into
// what it is not.
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <tuple>

#include "fuzz/bytes.hpp"
#include "fuzz/replies.hpp"
#include "fuzz/target.hpp"

namespace rediscovery::fuzz {
namespace {

// Printed rather than compared with ==, because "not a number" does not equal itself.
std::string printed(const redis::ReplySlot& slot) {
  std::ostringstream out;
  out << (slot.is_push ? "push " : "") << static_cast<int>(slot.reply.type()) << ' ' << slot.reply;
  return out.str();
}

struct Told {
  std::vector<std::string> replies;
  bool failed = false;
};

void drain(ReplyReader& reader, Told& told) {
  while (auto slot = reader.next()) told.replies.push_back(printed(*slot));
  told.failed = reader.failed();
}

Told told_at_once(std::string_view bytes) {
  Told told;
  ReplyReader reader;
  reader.feed(bytes);
  drain(reader, told);
  return told;
}

Told told_in_pieces(std::string_view bytes, std::size_t piece) {
  Told told;
  ReplyReader reader;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    reader.feed(bytes.substr(0, piece));
    drain(reader, told);
  }
  return told;
}

std::size_t depth_of(const Reply& reply) {
  std::size_t deepest = 0;
  for (const auto& element : reply.elements()) deepest = std::max(deepest, depth_of(element));
  return deepest + 1;
}

template <typename T>
void convert(const Reply& reply) {
  if (const auto value = reply.as<T>(); !value) {
    EXPECT_EQ(value.error().code(), ErrorCode::unexpected_reply);
    EXPECT_FALSE(value.error().message().empty());
  }
}

void use(const Reply& reply) {
  EXPECT_LE(depth_of(reply), 130U) << "replies are destroyed by recursion";
  if (reply.type() == Reply::Type::map) {
    EXPECT_EQ(reply.elements().size() % 2, 0U);
  }
  convert<std::string>(reply);
  convert<bool>(reply);
  convert<std::int8_t>(reply);
  convert<std::uint64_t>(reply);
  convert<double>(reply);
  convert<std::optional<std::int64_t>>(reply);
  convert<std::pair<std::string, std::int64_t>>(reply);
  convert<std::tuple<std::string, std::string, std::vector<std::string>>>(reply);
  convert<std::vector<std::optional<std::string>>>(reply);
  convert<std::set<std::string>>(reply);
  convert<std::map<std::string, std::string>>(reply);
  convert<std::vector<std::pair<std::string, double>>>(reply);
}

}  // namespace
}  // namespace rediscovery::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rediscovery::fuzz;
  Bytes input(data, size);
  const std::size_t piece = 1 + input.below(16);
  const auto bytes = input.rest();

  const Told at_once = told_at_once(bytes);
  const Told in_pieces = told_in_pieces(bytes, piece);
  EXPECT_EQ(at_once.replies, in_pieces.replies);
  EXPECT_EQ(at_once.failed, in_pieces.failed);

  for (const auto& reply : replies_in(bytes)) use(reply);
  return 0;
}
