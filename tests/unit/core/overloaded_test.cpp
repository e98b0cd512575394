#include "core/overloaded.hpp"

#include <gtest/gtest.h>

#include <string>
#include <variant>

namespace rediscovery::core {
namespace {

TEST(Overloaded, VisitsEachAlternativeWithItsOwnFunction) {
  const auto name = [](const std::variant<int, std::string>& value) {
    return std::visit(Overloaded{
                          [](int number) { return "int " + std::to_string(number); },
                          [](const std::string& text) { return "text " + text; },
                      },
                      value);
  };
  EXPECT_EQ(name(5), "int 5");
  EXPECT_EQ(name(std::string("a")), "text a");
}

}  // namespace
}  // namespace rediscovery::core
