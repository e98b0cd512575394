#include "playback.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "signed_url.hpp"

namespace st_api {
namespace {

// Becomes part of Redis keys and of URLs, so nothing that means something there.
bool is_name(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  return !text.empty() && text.size() <= kLongest &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; });
}

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& choices, std::string_view text) {
  return std::find(choices.begin(), choices.end(), text) != choices.end();
}

constexpr std::array<std::string_view, 4> kDevices{"tv", "phone", "tablet", "web"};
constexpr std::array<std::string_view, 3> kQualities{"sd", "hd", "uhd"};

}  // namespace

std::string find_fault(const PlaybackRequest& request) {
  constexpr auto kName = " must be 1 to 64 letters, digits, '-' or '_'";
  if (!is_name(request.content)) return std::string("the content in the path") + kName;
  if (!is_name(request.user)) return std::string("user") + kName;
  if (!is_one_of(kDevices, request.device)) return "device must be tv, phone, tablet or web";
  if (!is_one_of(kQualities, request.quality)) return "quality must be sd, hd or uhd";
  return {};
}

PlaybackAnswer Playback::issue(const PlaybackRequest& request) {
  const Deadline deadline(settings_.deadline);
  const auto purchased = store_.has_purchased(request.user, request.content, deadline);
  if (!purchased)
    return rediscovery::Error(purchased.error().code(), rediscovery::Executed::no,
                              purchased.error().message());
  if (!*purchased) return NotPurchased{};

  const Session session{new_session_id(), request.user, request.content, request.device, request.quality};
  const auto written = store_.write(session, deadline);
  if (!written) return written.error();

  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto expires = now + settings_.url_lifetime;
  return Issued{
      session.id,
      signed_url(settings_.url_base, request.content, request.quality, session.id, expires, settings_.secret),
      expires};
}

}  // namespace st_api
