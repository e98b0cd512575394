#include "answers.hpp"

namespace st_api {
namespace {

using rediscovery::Executed;

// What is of use to a caller: that trying again will help, and whether a session may have been written
// already. The error's own message is for our log: it names nodes.
Answer unavailable(const rediscovery::Error& error) {
  const bool in_doubt = error.executed() != Executed::no;
  Answer answer = json_answer(
      503, {{"error", "unavailable"},
            {"message", in_doubt ? "the session may have been written; try again, with the same "
                                   "Idempotency-Key if there was one: that cannot start a second session"
                                 : "nothing was written; try again"},
            {"code", to_string(error.code())},
            {"executed", to_string(error.executed())}});
  answer.headers.emplace_back("Retry-After", "1");
  return answer;
}

Answer refused(Refusal refusal) {
  switch (refusal) {
    case Refusal::unknown_content:
      return error_answer(404, "unknown_content", "there is no such content in the catalogue");
    case Refusal::device_denied:
      return error_answer(403, "device_denied", "this content may not be played on this kind of device");
    case Refusal::quality_denied:
      return error_answer(403, "quality_denied",
                          "this content may only be played in a lower quality on this kind of device");
    case Refusal::not_purchased:
      return error_answer(403, "not_purchased", "the user has not purchased this content");
    case Refusal::key_reused:
      return error_answer(409, "key_reused",
                          "this Idempotency-Key stands for a start of something else; take a new one");
  }
  return error_answer(500, "internal", "it has been logged");
}

Json to_json(const Session& session) {
  return {{"session", session.id},
          {"content", session.content},
          {"device", session.device},
          {"quality", session.quality},
          {"started_ms", session.started.time_since_epoch().count()}};
}

}  // namespace

Answer to_answer(const PlaybackAnswer& result) {
  if (const auto* issued = std::get_if<Issued>(&result)) {
    return json_answer(200, {{"session", issued->session.id},
                             {"url", issued->url},
                             {"expires", issued->session.expires.time_since_epoch().count()}});
  }
  if (const auto* refusal = std::get_if<Refusal>(&result)) return refused(*refusal);
  return unavailable(std::get<rediscovery::Error>(result));
}

Answer to_answer(const HistoryAnswer& result) {
  if (const auto* error = std::get_if<rediscovery::Error>(&result)) return unavailable(*error);
  const auto& history = std::get<History>(result);
  Json sessions = Json::array();
  for (const Session& session : history.sessions) sessions.push_back(to_json(session));
  return json_answer(200, {{"sessions", sessions}, {"read_from", history.read_from}});
}

Answer to_answer(UrlState state) {
  switch (state) {
    case UrlState::valid:
      return json_answer(200, {{"valid", true}});
    case UrlState::expired:
      return error_answer(403, "expired", "the URL was valid; ask /playback for a new one");
    case UrlState::forged:
      return error_answer(403, "forged", "this URL was not signed here, or it was changed");
  }
  return error_answer(500, "internal", "it has been logged");
}

Answer to_answer(const Health& health) {
  Answer answer = json_answer(health.status, health.body);
  if (health.status == 503) answer.headers.emplace_back("Retry-After", "1");
  return answer;
}

}  // namespace st_api
