// What a request of libcurl's that got no answer is called, and what can be done about it. Pure.
#pragma once

#include <string_view>

#include <curl/curl.h>

#include "consul/error.hpp"

namespace rediscovery::consul {

struct Ending {
  CURLcode code = CURLE_OK;
  std::string_view detail;       // what libcurl's error buffer holds; may be empty
  bool after_handshake = false;  // on a connection whose TLS handshake was a part of this request
};

// REQUIRES: a code other than CURLE_OK. The message names the field of the configuration by its last part,
// because the updater and the pool have different names for the section.
[[nodiscard]] Error explain_transfer(const Ending& ending);

}  // namespace rediscovery::consul
