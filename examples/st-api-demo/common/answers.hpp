// What a caller is told: results of the service as HTTP answers. Pure.
#pragma once

#include "health.hpp"
#include "http.hpp"
#include "playback.hpp"

namespace st_api {

[[nodiscard]] Answer to_answer(const PlaybackAnswer& result);
[[nodiscard]] Answer to_answer(const HistoryAnswer& result);
[[nodiscard]] Answer to_answer(UrlState state);
[[nodiscard]] Answer to_answer(const Health& health);

}  // namespace st_api
