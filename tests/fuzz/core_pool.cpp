// PoolFsm against the model of its unit test, with the input in the place of the seed.
#include "fuzz/bytes.hpp"
#include "fuzz/target.hpp"
#include "unit/core/pool_model.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rediscovery;
  fuzz::Bytes input(data, size);
  core::PoolModel<fuzz::Bytes> model(input);
  while (!input.empty()) model.step();
  model.close();
  model.come_to_an_end();
  return 0;
}
