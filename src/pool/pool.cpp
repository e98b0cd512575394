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

Pool::~Pool() {
  if (state_->is_forked()) {
    new std::shared_ptr<PoolState>(std::move(state_));  // left as it is, for good: see ForkMark
    return;
  }
  close();
}

// Holds the state: the call must come back with `closed`, and not into freed memory, when another thread
// destroys the pool meanwhile.
Result<Reply> Pool::execute(const Command& command, std::chrono::milliseconds timeout) {
  if (state_->is_forked()) return PoolState::forked();
  const std::shared_ptr<PoolState> state = state_;
  return state->execute(&command, timeout);
}

Result<Reply> Pool::execute(const Transaction& transaction, std::chrono::milliseconds timeout) {
  if (state_->is_forked()) return PoolState::forked();
  const std::shared_ptr<PoolState> state = state_;  // as above
  return state->execute(transaction, timeout);
}

Result<Lease> Pool::acquire(std::chrono::milliseconds timeout) {
  if (state_->is_forked()) return PoolState::forked();
  const std::shared_ptr<PoolState> state = state_;  // as above
  return state->acquire(timeout);
}

void Pool::close(std::chrono::milliseconds grace) {
  if (state_->is_forked()) return;
  const std::shared_ptr<PoolState> state = state_;  // as above
  state->close(grace);
}

Stats Pool::stats() const {
  if (state_->is_forked()) return {};
  const std::shared_ptr<PoolState> state = state_;  // as above
  return state->stats();
}

}  // namespace rediscovery
