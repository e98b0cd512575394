// For what is true of both variants of st-api.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "st_api_process.hpp"

namespace rediscovery::testing {

class EachVariant : public ::testing::TestWithParam<Variant> {
 protected:
  [[nodiscard]] std::unique_ptr<StApiProcess> launch(Cluster& cluster,
                                                     std::vector<std::string> arguments) const {
    auto server = std::make_unique<StApiProcess>(cluster, GetParam(), std::move(arguments));
    server->launch();
    return server;
  }
};

inline const auto kBothVariants = ::testing::Values(Variant::threads, Variant::loop);
inline const auto kVariantName = [](const auto& tested) {
  return tested.param == Variant::threads ? "Threads" : "Loop";
};

}  // namespace rediscovery::testing
