// The service on an AsyncClient: the same steps as in threads/service.cpp, where each wait is a co_await and
// the loop does something else meanwhile.
#pragma once

#include <string>

#include <rediscovery/async_client.hpp>

#include "common/commands.hpp"
#include "common/config.hpp"
#include "common/health.hpp"
#include "common/playback.hpp"
#include "task.hpp"

namespace st_api {

// The loop's thread. What it is called with is kept by the coroutine, so it takes values.
class AsyncService {
 public:
  // All must outlive this, and the calls under way.
  AsyncService(rediscovery::AsyncClient& client, const Playback& playback, const Config& config)
      : client_(client), playback_(playback), config_(config) {}

  Task<PlaybackAnswer> issue(PlaybackRequest request);
  Task<HistoryAnswer> history(std::string user, std::size_t limit);
  Task<Health> check();

 private:
  rediscovery::AsyncClient& client_;
  const Playback& playback_;
  const Config& config_;
};

}  // namespace st_api
