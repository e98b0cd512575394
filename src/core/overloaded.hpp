// Visits a variant with one lambda for each alternative.
#pragma once

namespace rediscovery::core {

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace rediscovery::core
