// A URL that the content delivery network can check without asking anybody.
#pragma once

#include <chrono>
#include <string>

namespace st_api {

// <base>/<content>/<quality>.m3u8?session=…&expires=<Unix time>&signature=…, where the signature covers all
// between <base> and "&signature". The parts must need no escaping.
std::string signed_url(const std::string& base, const std::string& content, const std::string& quality,
                       const std::string& session, std::chrono::sys_seconds expires,
                       const std::string& secret);

enum class UrlState { valid, expired, forged };

// What the network does with a URL that a player brings. Whatever this secret has not signed is forged.
UrlState check_url(const std::string& url, const std::string& base, std::chrono::sys_seconds now,
                   const std::string& secret);

}  // namespace st_api
