#include "playback.hpp"

#include <openssl/rand.h>

#include <stdexcept>

#include "digest.hpp"
#include "log.hpp"

namespace st_api {
namespace {

constexpr std::size_t kIdDigits = 32;

std::string random_id() {
  unsigned char bytes[kIdDigits / 2];
  if (RAND_bytes(bytes, sizeof bytes) != 1) throw std::runtime_error("no random numbers");
  return to_hex({reinterpret_cast<const char*>(bytes), sizeof bytes});
}

std::optional<long long> number_in(const Json& record, const char* field) {
  const auto found = record.find(field);
  if (found == record.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<long long>();
}

}  // namespace

Moment now() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

std::string find_fault(const PlaybackRequest& request) {
  constexpr auto kName = " must be 1 to 64 letters, digits, '-' or '_'";
  if (!is_name(request.content)) return std::string("the content in the path") + kName;
  if (!is_name(request.user)) return std::string("user") + kName;
  if (!is_device(request.device)) return "device must be tv, phone, tablet or web";
  if (!is_quality(request.quality)) return "quality must be sd, hd or uhd";
  if (!request.idempotency_key.empty() && !is_name(request.idempotency_key)) {
    return std::string("Idempotency-Key") + kName;
  }
  return {};
}

std::string to_record(const Session& session) {
  return to_text({{"user", session.user},
                  {"content", session.content},
                  {"device", session.device},
                  {"quality", session.quality},
                  {"started_ms", session.started.time_since_epoch().count()},
                  {"expires", session.expires.time_since_epoch().count()}});
}

std::optional<Session> from_record(const std::string& id, std::string_view record) {
  const Json json = Json::parse(record, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  Session session;
  session.id = id;
  const auto started = number_in(json, "started_ms");
  const auto expires = number_in(json, "expires");
  if (!started || !expires) return std::nullopt;
  session.started = Moment(std::chrono::milliseconds(*started));
  session.expires = std::chrono::sys_seconds(std::chrono::seconds(*expires));
  for (const auto& [field, part] :
       {std::pair("user", &session.user), std::pair("content", &session.content),
        std::pair("device", &session.device), std::pair("quality", &session.quality)}) {
    const auto found = json.find(field);
    if (found == json.end() || !found->is_string()) return std::nullopt;
    *part = *found;
  }
  return session;
}

std::optional<Refusal> Playback::refuse(const PlaybackRequest& request) const {
  const Content* content = catalog_.find(request.content);
  if (content == nullptr) return Refusal::unknown_content;
  switch (content->right(request.device, request.quality)) {
    case Right::granted:
      return std::nullopt;
    case Right::device_denied:
      return Refusal::device_denied;
    case Right::quality_denied:
      return Refusal::quality_denied;
  }
  return Refusal::device_denied;
}

Session Playback::plan(const PlaybackRequest& request, Moment now) const {
  // Signed, so that nobody can choose or guess the session of somebody else by way of a key.
  std::string id =
      request.idempotency_key.empty()
          ? random_id()
          : to_hex(hmac_sha256(settings_.secret, "session " + request.user + " " + request.idempotency_key));
  id.resize(kIdDigits);
  return {id,
          request.user,
          request.content,
          request.device,
          request.quality,
          now,
          std::chrono::floor<std::chrono::seconds>(now) + settings_.url_lifetime};
}

rediscovery::Result<Session> Playback::settle(const Session& planned, const rediscovery::Reply& before) {
  if (before.is_nil()) return planned;
  if (auto session = from_record(planned.id, before.text())) return *std::move(session);
  return rediscovery::Error(rediscovery::ErrorCode::unexpected_reply, rediscovery::Executed::no,
                            "the record of session " + planned.id + " is not one of ours");
}

PlaybackAnswer Playback::answer(const PlaybackRequest& request, const Session& session) const {
  const bool same = session.user == request.user && session.content == request.content &&
                    session.device == request.device && session.quality == request.quality;
  if (!same) return Refusal::key_reused;
  return Issued{session, signed_url(settings_.url_base, session.content, session.quality, session.id,
                                    session.expires, settings_.secret)};
}

UrlState Playback::check(const std::string& url, Moment now) const {
  return check_url(url, settings_.url_base, std::chrono::floor<std::chrono::seconds>(now), settings_.secret);
}

}  // namespace st_api
