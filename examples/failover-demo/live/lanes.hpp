// The two lanes: the same requests at the same moments, by way of the library and without it.
#pragma once

#include <memory>

#include "live/lane_meter.hpp"
#include "live/plain_client.hpp"
#include "load.hpp"
#include "stage.hpp"

namespace rediscovery::demo::live {

class Lanes {
 public:
  // Begin to send at `start`.
  Lanes(Stage& stage, int rate, Clock::time_point start);

  [[nodiscard]] LaneMeter& library() { return library_; }
  [[nodiscard]] LaneMeter& plain() { return plain_; }
  [[nodiscard]] Clock::time_point started() const { return started_; }

 private:
  const Clock::time_point started_;
  LaneMeter library_;
  LaneMeter plain_;
  PlainClient plain_client_;
  Load load_;  // by way of st-api, which uses the library
};

}  // namespace rediscovery::demo::live
