#include "report.hpp"

#include <cmath>
#include <cstdio>

namespace rediscovery::demo {
namespace {

std::string with_commas(long long number) {
  std::string text = std::to_string(std::llabs(number));
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return number < 0 ? "-" + text : text;
}

std::string count(std::size_t number) { return with_commas(static_cast<long long>(number)); }

// To a tenth of a millisecond; to the microsecond where that is what is measured.
nlohmann::ordered_json rounded(std::optional<Milliseconds> span, double parts = 10) {
  if (!span) return nullptr;
  return std::round(span->count() * parts) / parts;
}

nlohmann::ordered_json to_the_microsecond(std::optional<Milliseconds> span) { return rounded(span, 1000); }

// As in_words(), but "0.62 ms" where whole ones say too little.
std::string in_exact_words(Milliseconds span) {
  constexpr double kLittle = 10;
  if (std::abs(span.count()) >= kLittle) return in_words(span);
  char text[32];
  std::snprintf(text, sizeof text, "%.2f ms", span.count());
  return text;
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

std::string became_of_writes(const WriterFigures& writer) {
  if (writer.failed == 0) return "all of them were acknowledged, none failed";
  std::string text = count(writer.ok) + " were acknowledged, " + count(writer.failed) + " failed";
  if (writer.in_doubt == 0) return text + "; none of these has been executed";
  return text + ", " + count(writer.in_doubt) + " of them in doubt: they may have been executed";
}

std::string about_first_write(const WriterFigures& writer) {
  if (!writer.first_after_promotion) return "The writer's pool followed no promotion.";
  std::string text = "The new master acknowledged the writer's first write " +
                     in_exact_words(*writer.first_after_promotion) + " after its promotion";
  if (const auto span = writer.first_after_dns_change) {
    text += ", " + in_exact_words(Milliseconds(std::abs(span->count()))) +
            (span->count() < 0 ? " before" : " after") + " the name had moved";
  }
  return text + ".";
}

void add_summary(const WriterFigures& writer, std::vector<std::string>& lines) {
  lines.push_back(count(writer.writes) + " writes by the writer: " + became_of_writes(writer) + ".");
  lines.push_back("Its writes were unavailable for " + in_words(writer.outage) + ".");
  lines.push_back(about_first_write(writer));
  lines.push_back(writer.lost == 0 ? "No acknowledged write of the writer was lost."
                                   : count(writer.lost) + " of its " + count(writer.ok) +
                                         " acknowledged writes were lost: they are not on the new master.");
}

nlohmann::ordered_json to_json(const WriterFigures& writer) {
  return {
      {"writes", writer.writes},
      {"ok", writer.ok},
      {"failed", writer.failed},
      {"in_doubt", writer.in_doubt},
      {"acknowledged_writes_lost", writer.lost},
      {"outage_ms", to_the_microsecond(writer.outage)},
      {"adopted_ms", to_the_microsecond(writer.adopted)},
      {"first_write_after_promotion_ms", to_the_microsecond(writer.first_after_promotion)},
      {"first_write_after_dns_change_ms", to_the_microsecond(writer.first_after_dns_change)},
  };
}

}  // namespace

std::string in_words(std::optional<Milliseconds> span) {
  return span ? with_commas(std::llround(span->count())) + " ms" : "-";
}

std::vector<std::string> summary(const Figures& figures) {
  std::vector<std::string> lines;
  const bool viewers = figures.requests > 0 || !figures.writer;
  if (viewers) {
    lines.push_back(count(figures.requests) + " requests: " + became_of_requests(figures) + ".");
    lines.push_back("Writes were unavailable for " + in_words(figures.outage) +
                    "; the longest that a viewer waited for an answer was " +
                    in_words(figures.longest_answer) + ".");
  }
  if (figures.promotion) {
    std::string text = "A replica was promoted " + in_words(figures.promotion) + " after the fault";
    if (figures.switch_master) text += ", which Sentinel announced after " + in_words(figures.switch_master);
    lines.push_back(text + ".");
    if (figures.promotions > 1) {
      lines.emplace_back("Sentinel replaced the new master, too: it had lost sight of it.");
    }
  } else {
    lines.emplace_back("No replica was promoted.");
  }
  if (viewers && figures.promotion) {
    lines.push_back(figures.recovered_after_promotion
                        ? "The new master acknowledged its first write " +
                              in_words(figures.recovered_after_promotion) + " after its promotion."
                        : "No write reached the new master while requests were sent.");
  }
  if (viewers) lines.push_back(about_loss(figures));
  if (figures.writer) add_summary(*figures.writer, lines);
  return lines;
}

nlohmann::ordered_json to_json(const Figures& figures) {
  nlohmann::ordered_json json{
      {"scenario", to_string(figures.scenario)},
      {"requests", figures.requests},
      {"ok", figures.ok},
      {"failed", figures.failed},
      {"in_doubt", figures.in_doubt},
      {"acknowledged_writes_lost", figures.lost},
      {"outage_ms", rounded(figures.outage)},
      {"outage_kept_ms", rounded(figures.outage_kept)},
      {"promotions", figures.promotions},
      {"promotion_ms", rounded(figures.promotion)},
      {"promotion_late_by_ms", to_the_microsecond(figures.promotion_late_by)},
      {"recovered_after_promotion_ms", rounded(figures.recovered_after_promotion)},
      {"switch_master_ms", rounded(figures.switch_master)},
      {"suspect_ms", rounded(figures.suspect)},
      {"name_moved_ms", rounded(figures.name_moved)},
      {"adopted_ms", rounded(figures.adopted)},
      {"longest_answer_ms", rounded(figures.longest_answer)},
  };
  if (figures.writer) json["writer"] = to_json(*figures.writer);
  return json;
}

}  // namespace rediscovery::demo
