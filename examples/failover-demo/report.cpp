#include "report.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace rediscovery::demo {
namespace {

std::string with_commas(long long number) {
  std::string text = std::to_string(std::llabs(number));
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return number < 0 ? "-" + text : text;
}

std::string count(std::size_t number) { return with_commas(static_cast<long long>(number)); }

nlohmann::ordered_json rounded(std::optional<Milliseconds> span) {
  if (!span) return nullptr;
  return std::round(span->count() * 10) / 10;
}

std::string became_of_requests(const Figures& figures) {
  if (figures.failed == 0) return "all of them were answered, none failed";
  std::string text = count(figures.ok) + " were answered, " + count(figures.failed) + " failed";
  if (figures.in_doubt == 0) return text + "; none of these has written anything";
  return text + ", " + count(figures.in_doubt) + " of them in doubt: the session may have been written";
}

std::string about_loss(const Figures& figures) {
  if (figures.lost == 0) return "No acknowledged write was lost: each is on the new master.";
  std::string text = count(figures.lost) + " of " + count(figures.ok) +
                     " acknowledged writes were lost: they are not on the new master.";
  return text + " Without them, writes were unavailable for " + in_words(figures.outage_kept) + ".";
}

}  // namespace

std::string in_words(std::optional<Milliseconds> span) {
  return span ? with_commas(std::llround(span->count())) + " ms" : "-";
}

std::vector<std::string> summary(const Figures& figures) {
  std::vector<std::string> lines;
  lines.push_back(count(figures.requests) + " requests: " + became_of_requests(figures) + ".");
  lines.push_back("Writes were unavailable for " + in_words(figures.outage) +
                  "; the longest that a viewer waited for an answer was " + in_words(figures.longest_answer) +
                  ".");
  if (figures.promotion) {
    std::string text = "A replica was promoted " + in_words(figures.promotion) + " after the fault";
    if (figures.switch_master) text += ", which Sentinel announced after " + in_words(figures.switch_master);
    lines.push_back(text + ".");
    lines.push_back(figures.recovered_after_promotion
                        ? "The new master acknowledged its first write " +
                              in_words(figures.recovered_after_promotion) + " after its promotion."
                        : "No write reached the new master while requests were sent.");
  } else {
    lines.emplace_back("No replica was promoted.");
  }
  lines.push_back(about_loss(figures));
  return lines;
}

std::string to_json(const Figures& figures) {
  return nlohmann::ordered_json{
      {"scenario", to_string(figures.scenario)},
      {"requests", figures.requests},
      {"ok", figures.ok},
      {"failed", figures.failed},
      {"in_doubt", figures.in_doubt},
      {"acknowledged_writes_lost", figures.lost},
      {"outage_ms", rounded(figures.outage)},
      {"outage_kept_ms", rounded(figures.outage_kept)},
      {"promotion_ms", rounded(figures.promotion)},
      {"recovered_after_promotion_ms", rounded(figures.recovered_after_promotion)},
      {"switch_master_ms", rounded(figures.switch_master)},
      {"suspect_ms", rounded(figures.suspect)},
      {"name_moved_ms", rounded(figures.name_moved)},
      {"adopted_ms", rounded(figures.adopted)},
      {"longest_answer_ms", rounded(figures.longest_answer)},
  }
      .dump();
}

}  // namespace rediscovery::demo
