#include "pool/client_plan.hpp"

namespace rediscovery {

engine::DispatchPolicy dispatch_policy(const Options& options) {
  engine::DispatchPolicy policy;
  policy.pipelines = options.pipelines;
  policy.max_waiting = options.max_waiters;
  policy.max_in_flight = options.max_in_flight;
  policy.max_bytes = options.max_queued_bytes;
  policy.read_from = options.read_from;
  policy.max_replica_lag = options.max_replica_lag;
  policy.replica_fallback = options.replica_fallback;
  policy.check_interval = options.idle_check_interval;
  if (options.max_lifetime.count() > 0) policy.max_lifetime = options.max_lifetime;
  return policy;
}

}  // namespace rediscovery
