#include <rediscovery/pool.hpp>

#include "pool/pool_engine.hpp"
#include "pool/pool_state.hpp"

namespace rediscovery {

Pool::Pool(const Options& options) {
  options.validate();
  state_ = std::make_shared<PoolState>(options);
  auto engine = std::make_unique<PoolEngine>(options, *state_);
  PoolEngine& background = *engine;
  state_->own(std::move(engine));
  background.start();
}

Pool::~Pool() { close(); }

Result<Reply> Pool::execute(const Command& command, std::chrono::milliseconds timeout) {
  return state_->execute(command, timeout);
}

Result<Lease> Pool::acquire(std::chrono::milliseconds timeout) { return state_->acquire(timeout); }

void Pool::close(std::chrono::milliseconds grace) { state_->close(grace); }

Stats Pool::stats() const { return state_->stats(); }

}  // namespace rediscovery
