// What the server answered: the library's own type, a value without ties to a connection.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rediscovery/export.hpp>
#include <rediscovery/result.hpp>

namespace rediscovery {

class ReplyBuilder;

// One reply of the Redis protocol, RESP2 or RESP3. Immutable after construction; copying copies the
// bytes. Reading it from several threads at once is safe.
class REDISCOVERY_EXPORT Reply {
 public:
  enum class Type : std::uint8_t {
    nil,
    status,  // a simple string such as OK
    error,   // only inside arrays (EXEC); a reply that is an error as a whole becomes an Error
    string,  // bulk or verbatim string, or a big number's digits
    integer,
    real,     // RESP3 double
    boolean,  // RESP3
    array,    // also RESP3 sets
    map,      // RESP3: elements() alternates keys and values
  };

  Reply() = default;  // nil
  [[nodiscard]] static Reply status(std::string text);
  [[nodiscard]] static Reply error(std::string text);
  [[nodiscard]] static Reply string(std::string bytes);
  [[nodiscard]] static Reply integer(std::int64_t value);
  [[nodiscard]] static Reply real(double value);
  [[nodiscard]] static Reply boolean(bool value);
  [[nodiscard]] static Reply array(std::vector<Reply> elements);
  [[nodiscard]] static Reply map(std::vector<Reply> keys_and_values);

  [[nodiscard]] Type type() const noexcept { return type_; }
  [[nodiscard]] bool is_nil() const noexcept { return type_ == Type::nil; }
  [[nodiscard]] bool is_error() const noexcept { return type_ == Type::error; }

  // The bytes of a status, error or string; empty for the other types. Valid as long as this reply.
  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  // The number of an integer or boolean, or of a string or status that is wholly a decimal number.
  [[nodiscard]] std::optional<std::int64_t> to_integer() const noexcept;
  // The value of a real; 0 for the other types.
  [[nodiscard]] double to_real() const noexcept { return real_; }
  // Elements of an array or map; empty for the other types. Valid as long as this reply.
  [[nodiscard]] const std::vector<Reply>& elements() const noexcept { return elements_; }

  // This reply as a T of its own bytes, or the error `unexpected_reply` that says what came, what was wanted,
  // and where in the nesting, by indices as in elements(). Result<Reply> has the same function, for what
  // execute() returns. The types, and what fits them:
  //   std::string                 a string or status
  //   bool                        a boolean, and 1 or 0 in whatever form
  //   int, std::uint64_t, …       an integer within T's range, also as text; a boolean
  //   double                      any number, also as text
  //   std::optional<T>            nil, or what fits T
  //   std::pair, std::tuple       an array of as many elements as it has
  //   std::vector<T>, std::set<T> and other containers of the standard library: an array
  //   std::map<K, V>, std::vector<std::pair<K, V>> and the like: a map, an array of pairs, or an array of
  //   keys
  //                               and values in turn: HGETALL and the like answer so in RESP2, without map
  //   Reply                       anything
  // Of equal keys in a map, or elements of a set, the first counts.
  template <typename T>
  [[nodiscard]] Result<T> as() const;

  friend bool operator==(const Reply&, const Reply&) = default;
  // A one-line rendering in the manner of redis-cli, for logs and tests; strings are quoted and escaped.
  friend REDISCOVERY_EXPORT std::ostream& operator<<(std::ostream& out, const Reply& reply);

 private:
  friend class ReplyBuilder;  // fills a reply while it is being parsed

  Type type_ = Type::nil;
  std::int64_t integer_ = 0;
  double real_ = 0;
  std::string text_;
  std::vector<Reply> elements_;
};

}  // namespace rediscovery

#include <rediscovery/reply_as.hpp>
