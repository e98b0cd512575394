#include "live/campaign.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <stdexcept>

#include "report.hpp"

namespace rediscovery::demo::live {
namespace {

using std::chrono::seconds;

// Longer than Sentinel waits between two failovers, and than a Redis that returns is a master.
constexpr seconds kUntilPossible{90};
// How long a fault lasts that moves no master, before it is undone.
constexpr seconds kLasts{3};

class Campaign {
 public:
  explicit Campaign(Session& session) : session_(session) {}

  // False: it was asked to stop.
  bool run(Fault fault, CampaignRow& row) {
    if (!wait_until_possible(fault)) return false;
    const auto now = Clock::now();
    auto& library = session_.lanes().library();
    auto& plain = session_.lanes().plain();
    const auto library_course = library.begin_course(now);
    const auto plain_course = plain.begin_course(now);
    if (!press(fault)) return false;
    if (const auto undoing = undoing_of(fault)) {
      if (!moves_master(fault) && !session_.run_for(kLasts)) return false;
      if (!press(*undoing)) return false;
    }
    // Also after a planned failover the old master has still to become a replica.
    if (!wait_until_agreed(fault)) return false;
    row.library.push_back(library.end_course(library_course, Clock::now()));
    row.plain.push_back(plain.end_course(plain_course, Clock::now()));
    return true;
  }

 private:
  bool wait(const std::function<std::string()>& why_not, const std::string& what) {
    const auto limit = Clock::now() + kUntilPossible;
    std::string why;
    return session_.run_until([&] {
      why = why_not();
      if (!why.empty() && Clock::now() > limit) throw std::runtime_error(what + ": " + why);
      return why.empty();
    });
  }

  bool wait_until_possible(Fault fault) {
    return wait([&] { return session_.director().why_not_now(fault); },
                "\"" + std::string(text_of(fault).name) + "\" cannot be made");
  }

  bool wait_until_agreed(Fault fault) {
    return wait([&] { return find_agreement(session_.situation()).problem; },
                "after \"" + std::string(text_of(fault).name) + "\"");
  }

  // And waits until it is over.
  bool press(Fault fault) {
    if (!wait_until_possible(fault)) return false;
    const auto press = session_.director().press(std::string(text_of(fault).name));
    if (press.status != 202) throw std::runtime_error(press.message);
    return session_.run_until([this] { return session_.director().idle(); });
  }

  Session& session_;
};

struct Sum {
  LaneMeter::Count count;
  std::vector<double> outages;
  std::vector<double> longest;
};

Sum add_up(const std::vector<LaneMeter::Course>& courses) {
  Sum sum;
  for (const auto& course : courses) {
    sum.count.sent += course.count.sent;
    sum.count.answered += course.count.answered;
    sum.count.failed += course.count.failed;
    sum.count.in_doubt += course.count.in_doubt;
    sum.outages.push_back(course.outage.count());
    sum.longest.push_back(course.longest.count());
  }
  std::sort(sum.outages.begin(), sum.outages.end());
  std::sort(sum.longest.begin(), sum.longest.end());
  return sum;
}

double median(const std::vector<double>& sorted) {
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

double worst(const std::vector<double>& sorted) { return sorted.back(); }

double rounded(double ms) { return std::round(ms * 10) / 10; }

std::string line_of(const std::string& fault, const char* lane, const Sum& sum) {
  char text[160];
  std::snprintf(text, sizeof text, "%-12s %-8s %8zu %8zu %9zu %9.0f %9.0f %9.0f %9.0f", fault.c_str(), lane,
                sum.count.sent, sum.count.failed, sum.count.in_doubt, median(sum.outages), worst(sum.outages),
                median(sum.longest), worst(sum.longest));
  return text;
}

nlohmann::ordered_json to_json(const Sum& sum) {
  return {{"requests", sum.count.sent},
          {"ok", sum.count.answered},
          {"failed", sum.count.failed},
          {"in_doubt", sum.count.in_doubt},
          {"outage_ms", {{"median", rounded(median(sum.outages))}, {"worst", rounded(worst(sum.outages))}}},
          {"longest_ms", {{"median", rounded(median(sum.longest))}, {"worst", rounded(worst(sum.longest))}}}};
}

}  // namespace

std::optional<std::vector<CampaignRow>> run_campaign(Session& session, const std::vector<std::string>& faults,
                                                     int rounds, Screen& screen) {
  Campaign campaign(session);
  std::vector<CampaignRow> rows;
  for (const auto& fault : faults) rows.push_back({fault, {}, {}});
  // The first requests open connections: that is no fault's doing.
  if (!session.run_for(seconds(2))) return std::nullopt;
  for (int round = 1; round <= rounds; ++round) {
    for (auto& row : rows) {
      screen.heading("Round " + std::to_string(round) + " of " + std::to_string(rounds) + ": " + row.fault);
      if (!campaign.run(*find_fault(row.fault), row)) return std::nullopt;
      const auto& library = row.library.back();
      const auto& plain = row.plain.back();
      screen.line("  failed with the library " + std::to_string(library.count.failed) + ", without " +
                  std::to_string(plain.count.failed) + "; no answer for " + in_words(library.outage) +
                  " and " + in_words(plain.outage));
    }
  }
  return rows;
}

bool has_failed(const std::vector<CampaignRow>& rows) {
  return std::any_of(rows.begin(), rows.end(),
                     [](const CampaignRow& row) { return add_up(row.library).count.failed > 0; });
}

std::vector<std::string> table(const std::vector<CampaignRow>& rows) {
  std::vector<std::string> lines{
      "                                                          outage, ms         longest wait, ms",
      "fault        lane     requests   failed  in doubt    median     worst    median     worst"};
  for (const auto& row : rows) {
    lines.push_back(line_of(row.fault, "library", add_up(row.library)));
    lines.push_back(line_of("", "plain", add_up(row.plain)));
  }
  return lines;
}

nlohmann::ordered_json to_json(const std::vector<CampaignRow>& rows, int rate, int rounds) {
  auto faults = nlohmann::ordered_json::array();
  for (const auto& row : rows) {
    faults.push_back({{"fault", row.fault},
                      {"library", to_json(add_up(row.library))},
                      {"plain", to_json(add_up(row.plain))}});
  }
  return {{"rate", rate}, {"rounds", rounds}, {"faults", faults}};
}

}  // namespace rediscovery::demo::live
