// What a configuration is refused for.
#pragma once

#include <ostream>
#include <string>

#include <rediscovery/options.hpp>

namespace rediscovery {

struct Refusal {
  std::string field;  // empty: it was accepted
  std::string text;

  friend bool operator==(const Refusal&, const Refusal&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Refusal& refusal) {
    return out << (refusal.field.empty() ? "accepted" : refusal.text);
  }
};

inline const Refusal kAccepted{};

template <typename Configure>
Refusal refusal_of(Configure configure) {
  try {
    configure();
  } catch (const InvalidOptions& refusal) {
    return {refusal.field(), refusal.what()};
  }
  return kAccepted;
}

}  // namespace rediscovery
