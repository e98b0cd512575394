// The service on a Pool: each request has a thread, which waits for Redis.
#pragma once

#include <string>

#include <rediscovery/pool.hpp>

#include "common/commands.hpp"
#include "common/config.hpp"
#include "common/health.hpp"
#include "common/playback.hpp"

namespace st_api {

// Any thread.
class Service {
 public:
  // All must outlive this.
  Service(rediscovery::Pool& pool, const Playback& playback, const Config& config)
      : pool_(pool), playback_(playback), config_(config) {}

  // The session is in Redis before its URL is given out. `request` has no fault.
  PlaybackAnswer issue(const PlaybackRequest& request);
  // From a replica; where none answers soon, from the master.
  HistoryAnswer history(const std::string& user, std::size_t limit);
  Health check();

 private:
  rediscovery::Pool& pool_;
  const Playback& playback_;
  const Config& config_;
};

}  // namespace st_api
