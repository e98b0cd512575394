#include "unit/core/pool_model.hpp"

// Long runs of random events. Each run is its seed's alone.
namespace rediscovery::core {
namespace {

TEST(PoolFsmModel, KeepsItsPromisesWhateverHappens) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng choices(seed);
    PoolModel<Rng> model(choices);
    for (int i = 0; i < 1000; ++i) {
      model.step();
      if (::testing::Test::HasFailure()) FAIL() << "in step " << i;
    }
    model.close();
    for (int i = 0; i < 20; ++i) model.step();
    model.come_to_an_end();
    if (::testing::Test::HasFailure()) FAIL() << "after the end";
  }
}

}  // namespace
}  // namespace rediscovery::core
