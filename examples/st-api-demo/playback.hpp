// The service itself, knowing nothing of HTTP: who may watch what, and the URL for it.
#pragma once

#include <chrono>
#include <string>
#include <variant>

#include <rediscovery/error.hpp>

#include "session_store.hpp"

namespace st_api {

struct PlaybackRequest {
  std::string user;
  std::string content;
  std::string device;
  std::string quality;
};

// What is wrong with a request, for the one who sent it; empty: nothing.
std::string find_fault(const PlaybackRequest& request);

struct Issued {
  std::string session;
  std::string url;
  std::chrono::sys_seconds expires;
};
struct NotPurchased {};
using PlaybackAnswer = std::variant<Issued, NotPurchased, rediscovery::Error>;

struct PlaybackSettings {
  std::chrono::milliseconds deadline;
  std::string url_base;
  std::string secret;
  std::chrono::seconds url_lifetime;
};

// Any thread.
class Playback {
 public:
  // `store` must outlive this.
  Playback(SessionStore& store, PlaybackSettings settings) : store_(store), settings_(std::move(settings)) {}

  // The session is in Redis before its URL is given out. `request` has no fault.
  PlaybackAnswer issue(const PlaybackRequest& request);

 private:
  SessionStore& store_;
  PlaybackSettings settings_;
};

}  // namespace st_api
