// A value or an Error. A failed command is a value, not an exception.
#pragma once

#include <exception>
#include <string>
#include <utility>
#include <variant>

#include <rediscovery/error.hpp>

namespace rediscovery {

// Thrown by Result::value() on a failed result: a caller who does not look gets an exception, not
// undefined behaviour. Callers who test the result first never see it.
class REDISCOVERY_EXPORT BadResultAccess : public std::exception {
 public:
  explicit BadResultAccess(Error error);
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }
  [[nodiscard]] const Error& error() const noexcept { return error_; }

 private:
  Error error_;
  std::string text_;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  // Throw BadResultAccess when there is no value.
  [[nodiscard]] T& value() & { return require(state_); }
  [[nodiscard]] const T& value() const& { return require(state_); }
  [[nodiscard]] T&& value() && { return std::move(require(state_)); }

  [[nodiscard]] T& operator*() & { return value(); }
  [[nodiscard]] const T& operator*() const& { return value(); }
  [[nodiscard]] T&& operator*() && { return std::move(*this).value(); }
  [[nodiscard]] T* operator->() { return &value(); }
  [[nodiscard]] const T* operator->() const { return &value(); }

  // Of a Result<Reply>: the reply as a U, see Reply::as(); or the error, be it this one or that it is no U.
  template <typename U>
  [[nodiscard]] Result<U> as() const {
    if (!has_value()) return error();
    return value().template as<U>();
  }

  // Requires !has_value(); throws std::bad_variant_access otherwise.
  [[nodiscard]] const Error& error() const { return std::get<1>(state_); }

 private:
  template <typename State>
  static auto& require(State& state) {
    if (auto* value = std::get_if<0>(&state)) return *value;
    throw BadResultAccess(std::get<1>(state));
  }

  std::variant<T, Error> state_;
};

}  // namespace rediscovery
