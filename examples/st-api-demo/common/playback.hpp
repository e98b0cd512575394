// The service itself, knowing nothing of HTTP, of threads or of loops: who may watch what, which session
// a start of a film gets, and the URL for it. All functions are pure but for Playback::plan(), which draws
// random numbers.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <rediscovery/error.hpp>
#include <rediscovery/reply.hpp>
#include <rediscovery/result.hpp>

#include "catalog.hpp"
#include "signed_url.hpp"

namespace st_api {

struct PlaybackRequest {
  std::string user;
  std::string content;
  std::string device;
  std::string quality;
  std::string idempotency_key;  // empty: every request is a start of its own
};

// What is wrong with a request, for the one who sent it; empty: nothing.
[[nodiscard]] std::string find_fault(const PlaybackRequest& request);

using Moment = std::chrono::sys_time<std::chrono::milliseconds>;

[[nodiscard]] Moment now();  // by the wall clock: other machines compare it with theirs

// One start of a film, as it is in Redis.
struct Session {
  std::string id;
  std::string user;
  std::string content;
  std::string device;
  std::string quality;
  Moment started;
  std::chrono::sys_seconds expires;  // until then a player must have begun

  friend bool operator==(const Session&, const Session&) = default;
};

// The record of a session: JSON text, without its ID.
[[nodiscard]] std::string to_record(const Session& session);
// nullopt for what to_record() has not written.
[[nodiscard]] std::optional<Session> from_record(const std::string& id, std::string_view record);

struct Issued {
  Session session;
  std::string url;
};
enum class Refusal { unknown_content, device_denied, quality_denied, not_purchased, key_reused };
using PlaybackAnswer = std::variant<Issued, Refusal, rediscovery::Error>;

struct PlaybackSettings {
  std::string url_base;
  std::string secret;  // signs the URLs
  std::chrono::seconds url_lifetime{300};
};

// Any thread.
class Playback {
 public:
  Playback(Catalog catalog, PlaybackSettings settings)
      : catalog_(std::move(catalog)), settings_(std::move(settings)) {}

  // What the catalogue has against it. `request` has no fault, here and below.
  [[nodiscard]] std::optional<Refusal> refuse(const PlaybackRequest& request) const;
  // The session to write. Its ID follows from the user and the idempotency key where there is one, so that a
  // repeated request finds what the first one wrote, whichever process answered that; else it is random.
  // Throws std::runtime_error when there is no randomness.
  [[nodiscard]] Session plan(const PlaybackRequest& request, Moment now) const;
  // Which session counts, after write_session() of commands.hpp: `planned`, or the one that was there.
  [[nodiscard]] static rediscovery::Result<Session> settle(const Session& planned,
                                                           const rediscovery::Reply& before);
  // The answer for the session that counts. A key that stands for another start is refused.
  [[nodiscard]] PlaybackAnswer answer(const PlaybackRequest& request, const Session& session) const;
  [[nodiscard]] UrlState check(const std::string& url, Moment now) const;

 private:
  Catalog catalog_;
  PlaybackSettings settings_;
};

// What a user has started, the latest first.
struct History {
  std::vector<Session> sessions;
  std::string read_from;  // "replica" or "master"
};
using HistoryAnswer = std::variant<History, rediscovery::Error>;

}  // namespace st_api
