// How Reply::as<T>() converts; reply.hpp says what, and includes this.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>

#include <rediscovery/error.hpp>
#include <rediscovery/export.hpp>
#include <rediscovery/reply.hpp>
#include <rediscovery/result.hpp>

namespace rediscovery::detail {

// Where in a nested reply a conversion is at.
struct Place {
  const Place* outer = nullptr;  // null: the reply as a whole
  std::size_t index = 0;         // in the outer one's elements()
};

// Says what came, without its bytes, which may be secret; what was wanted; and where.
[[nodiscard]] REDISCOVERY_EXPORT Error mismatch(const Reply& came, const std::string& wanted,
                                                const Place& place);
// nullopt for an error reply, and for text that is not a number as a whole.
[[nodiscard]] REDISCOVERY_EXPORT std::optional<double> number_in(const Reply& reply) noexcept;

template <typename T>
concept Integer =
    std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> && !std::same_as<T, wchar_t> &&
    !std::same_as<T, char8_t> && !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

template <typename T>
inline constexpr bool kIsOptional = false;
template <typename T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

template <typename T>
inline constexpr bool kIsTuple = false;
template <typename... T>
inline constexpr bool kIsTuple<std::tuple<T...>> = true;
template <typename First, typename Second>
inline constexpr bool kIsTuple<std::pair<First, Second>> = true;

// A map's value_type has a constant key, which cannot be read into.
template <typename T>
struct Element {
  using Type = T;
};
template <typename Key, typename Value>
struct Element<std::pair<const Key, Value>> {
  using Type = std::pair<Key, Value>;
};

template <typename T>
inline constexpr bool kIsPair = false;
template <typename First, typename Second>
inline constexpr bool kIsPair<std::pair<First, Second>> = true;

template <typename T>
concept Container = !std::same_as<T, std::string> &&
                    requires(T container, typename Element<typename T::value_type>::Type element) {
  container.insert(container.end(), std::move(element));
};

// Each of these fills `out`, or says why it cannot.
template <typename T>
[[nodiscard]] std::optional<Error> read(T& out, const Reply& reply, const Place& place);

template <Integer T>
std::optional<Error> read_integer(T& out, const Reply& reply, const Place& place) {
  const std::string_view text = reply.text();
  bool fits = false;
  if (reply.type() == Reply::Type::string || reply.type() == Reply::Type::status) {
    const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    fits = error == std::errc() && stopped == text.data() + text.size();
  } else if (const auto integer = reply.to_integer(); integer && std::in_range<T>(*integer)) {
    out = static_cast<T>(*integer);
    fits = true;
  }
  if (fits) return std::nullopt;
  return mismatch(reply,
                  "an integer from " + std::to_string(std::numeric_limits<T>::min()) + " to " +
                      std::to_string(std::numeric_limits<T>::max()),
                  place);
}

template <typename T, std::size_t... Index>
std::optional<Error> read_tuple(T& out, const Reply& reply, const Place& place,
                                std::index_sequence<Index...> /*indices*/) {
  const auto& elements = reply.elements();
  if (reply.type() != Reply::Type::array || elements.size() != sizeof...(Index)) {
    return mismatch(reply, "an array of " + std::to_string(sizeof...(Index)), place);
  }
  std::optional<Error> error;
  (void)((error = read(std::get<Index>(out), elements[Index], Place{&place, Index}), !error) && ...);
  return error;
}

template <Container T>
std::optional<Error> read_elements(T& out, const Reply& reply, const Place& place) {
  if (reply.type() != Reply::Type::array) return mismatch(reply, "an array", place);
  std::size_t index = 0;
  for (const Reply& element : reply.elements()) {
    typename Element<typename T::value_type>::Type value{};
    if (auto error = read(value, element, Place{&place, index++})) return error;
    out.insert(out.end(), std::move(value));
  }
  return std::nullopt;
}

// RESP3 answers with a map or with an array of pairs where RESP2 answers with keys and values in turn.
template <Container T>
std::optional<Error> read_pairs(T& out, const Reply& reply, const Place& place) {
  const auto& elements = reply.elements();
  const bool is_array = reply.type() == Reply::Type::array;
  if (is_array && !elements.empty() && elements.front().type() == Reply::Type::array) {
    return read_elements(out, reply, place);
  }
  if ((!is_array && reply.type() != Reply::Type::map) || elements.size() % 2 != 0) {
    return mismatch(reply, "keys with their values", place);
  }
  for (std::size_t index = 0; index < elements.size(); index += 2) {
    typename Element<typename T::value_type>::Type entry{};
    if (auto error = read(entry.first, elements[index], Place{&place, index})) return error;
    if (auto error = read(entry.second, elements[index + 1], Place{&place, index + 1})) return error;
    out.insert(out.end(), std::move(entry));
  }
  return std::nullopt;
}

template <typename T>
std::optional<Error> read(T& out, const Reply& reply, const Place& place) {
  if constexpr (std::same_as<T, Reply>) {
    out = reply;
  } else if constexpr (std::same_as<T, std::string>) {
    const auto type = reply.type();
    if (type != Reply::Type::string && type != Reply::Type::status) return mismatch(reply, "a string", place);
    out = reply.text();
  } else if constexpr (std::same_as<T, bool>) {
    const auto integer = reply.to_integer();
    if (!integer || *integer < 0 || *integer > 1) return mismatch(reply, "true or false, 1 or 0", place);
    out = *integer == 1;
  } else if constexpr (Integer<T>) {
    return read_integer(out, reply, place);
  } else if constexpr (std::same_as<T, double>) {
    const auto number = number_in(reply);
    if (!number) return mismatch(reply, "a number", place);
    out = *number;
  } else if constexpr (kIsOptional<T>) {
    if (!reply.is_nil()) return read(out.emplace(), reply, place);
  } else if constexpr (kIsTuple<T>) {
    return read_tuple(out, reply, place, std::make_index_sequence<std::tuple_size_v<T>>());
  } else if constexpr (Container<T>) {
    if constexpr (kIsPair<typename Element<typename T::value_type>::Type>) {
      return read_pairs(out, reply, place);
    } else {
      return read_elements(out, reply, place);
    }
  } else {
    static_assert(std::same_as<T, Reply>, "as<T>(): T is not one of the types that Reply::as lists");
  }
  return std::nullopt;
}

}  // namespace rediscovery::detail

namespace rediscovery {

template <typename T>
Result<T> Reply::as() const {
  T out{};
  if (auto error = detail::read(out, *this, detail::Place{})) return *std::move(error);
  return out;
}

}  // namespace rediscovery
