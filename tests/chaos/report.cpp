#include "chaos/report.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <iomanip>
#include <map>
#include <ostream>
#include <set>

#include "chaos/outages.hpp"
#include "figures.hpp"

namespace rediscovery::chaos {
namespace {

using nlohmann::json;

// A fault's outage may begin when it ends: a name that is healed, and moves.
constexpr Micros kAfterwards = 2'000'000;
// Of losses that are Redis', a few are enough to see what they are like.
constexpr std::size_t kShown = 20;

double ms(Micros time) { return static_cast<double>(time) / 1000; }

json writers_of(const Result& result) {
  json writers = json::array();
  for (std::size_t i = 0; i < result.journals.size(); ++i) {
    const Counts& counts = result.judgement.counts[i];
    const Outages outages(result.journals[i]);
    const auto& writes = result.journals[i].writes;
    const Micros longest = writes.empty() ? 0 : outages.longest(writes.front().sent, writes.back().done);
    writers.push_back({{"writer", result.journals[i].writer},
                       {"writes", writes.size()},
                       {"acknowledged", counts.acknowledged},
                       {"not_executed", counts.not_executed},
                       {"in_doubt", counts.in_doubt},
                       {"in_doubt_there", counts.in_doubt_there},
                       {"errors", counts.errors},
                       {"lost_by_redis", counts.lost_by_redis},
                       {"lost_by_us", counts.lost_by_us},
                       {"undecided", counts.undecided},
                       {"adoptions", std::ranges::count(result.journals[i].events, "adopted", &Heard::kind)},
                       {"longest_outage_ms", ms(longest)}});
  }
  return writers;
}

json faults_of(const Result& result) {
  std::vector<Outages> outages;
  for (const auto& journal : result.journals) outages.emplace_back(journal);
  json faults = json::array();
  for (std::size_t kind = 0; kind < kFaultKinds; ++kind) {
    std::size_t times = 0;
    std::size_t skipped = 0;
    std::vector<std::vector<double>> longest(outages.size());
    for (const auto& each : result.happened) {
      if (each.kind != static_cast<FaultKind>(kind)) continue;
      if (!each.skipped.empty()) {
        ++skipped;
        continue;
      }
      ++times;
      for (std::size_t i = 0; i < outages.size(); ++i)
        longest[i].push_back(ms(outages[i].longest(each.began, each.ended + kAfterwards)));
    }
    if (times + skipped == 0) continue;
    json row = {{"fault", to_string(static_cast<FaultKind>(kind))}, {"times", times}, {"skipped", skipped}};
    for (std::size_t i = 0; i < outages.size(); ++i) {
      const auto of = bench::distribution_of(longest[i]);
      row["outage_ms"][result.journals[i].writer] = {{"median", of.p50}, {"max", of.max}};
    }
    faults.push_back(std::move(row));
  }
  return faults;
}

json happened_of(const Result& result) {
  json all = json::array();
  for (const auto& each : result.happened) {
    all.push_back({{"fault", to_string(each.kind)},
                   {"whom", each.whom},
                   {"began_us", each.began},
                   {"ended_us", each.ended},
                   {"skipped", each.skipped}});
  }
  return all;
}

json losses_of(const Result& result) {
  json losses = json::array();
  std::size_t of_redis = 0;
  for (const auto& loss : result.judgement.losses) {
    if (loss.whose == Whose::redis && ++of_redis > kShown) continue;
    const Journal& journal = result.journals[loss.journal];
    losses.push_back({{"whose", loss.whose == Whose::redis  ? "redis"
                                : loss.whose == Whose::ours ? "ours"
                                                            : "undecided"},
                      {"writer", journal.writer},
                      {"write", line_of(journal.writes[loss.write])},
                      {"why", loss.why}});
  }
  return losses;
}

// Of each history that ended before its master did: up to where others had it, and what lay beyond.
json ends_of(const Result& result) {
  std::map<std::string, json> ends;
  for (const auto& loss : result.judgement.losses) {
    if (loss.whose != Whose::redis || loss.history.empty()) continue;
    json& end = ends[loss.history];
    if (end.is_null())
      end = {{"history", loss.history}, {"kept", loss.kept}, {"first", loss.end}, {"last", loss.end}};
    end["first"] = std::min(end["first"].get<std::uint64_t>(), loss.end);
    end["last"] = std::max(end["last"].get<std::uint64_t>(), loss.end);
    json& lost = end["lost"][result.journals[loss.journal].writer];
    lost = lost.is_null() ? 1 : lost.get<int>() + 1;
  }
  json all = json::array();
  for (const auto& [history, end] : ends) all.push_back(end);
  return all;
}

json findings_of(const Result& result) {
  json findings = json::array();
  const auto add = [&](const std::string& what, const std::vector<std::string>& which) {
    for (const auto& each : which) findings.push_back(what + ": " + each);
  };
  add("executed twice", result.judgement.doubled);
  add("reported as not executed, and there", result.judgement.resurrected);
  add("there, and nobody wrote it", result.judgement.unknown);
  add("went back to an older history", result.judgement.went_back);
  add("not in the order of the calls", result.judgement.misordered);
  add("executed, and answered with an error", result.judgement.wrong);
  add("unproven", result.judgement.unproven);
  add("problem", result.problems);
  return findings;
}

json resources_of(const Result& result) {
  json resources = json::object();
  for (const auto& [name, samples] : result.holdings) {
    json& columns = resources[name];
    for (const auto& sample : samples) {
      columns["seconds"].push_back(std::round(sample.seconds * 10) / 10);
      columns["resident_kb"].push_back(sample.resident_kb);
      columns["threads"].push_back(sample.threads);
      columns["descriptors"].push_back(sample.descriptors);
    }
  }
  return resources;
}

// The stream's width is an indentation to a JSON value.
std::string text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return std::to_string(std::llround(value.get<double>()));
  return value.dump();
}

struct Column {
  const char* title;
  const char* field;
  int width;
};

void print_rows(std::ostream& out, const json& rows, std::initializer_list<Column> columns) {
  const auto put = [&](const Column& column, const std::string& text) {
    out << (&column == columns.begin() ? std::left : std::right) << std::setw(column.width) << text;
  };
  for (const auto& column : columns) put(column, column.title);
  out << "\n";
  for (const auto& row : rows) {
    for (const auto& column : columns) put(column, text_of(row[column.field]));
    out << "\n";
  }
}

void print_faults(std::ostream& out, const json& report) {
  out << "\n"
      << std::left << std::setw(18) << "fault" << std::right << std::setw(6) << "times" << std::setw(9)
      << "skipped";
  for (const auto& row : report["writers"]) out << std::setw(18) << text_of(row["writer"]);
  out << "   longest outage, ms: median, worst\n";
  for (const auto& row : report["faults"]) {
    out << std::left << std::setw(18) << text_of(row["fault"]) << std::right << std::setw(6)
        << text_of(row["times"]) << std::setw(9) << text_of(row["skipped"]);
    for (const auto& writer : report["writers"]) {
      const json& outage = row["outage_ms"][text_of(writer["writer"])];
      out << std::setw(10) << text_of(outage["median"]) << std::setw(8) << text_of(outage["max"]);
    }
    out << "\n";
  }
  std::set<std::string> reasons;
  for (const auto& each : report["happened"]) {
    if (!text_of(each["skipped"]).empty())
      reasons.insert(text_of(each["fault"]) + ": " + text_of(each["skipped"]));
  }
  for (const auto& reason : reasons) out << "skipped " << reason << "\n";
}

void print_resources(std::ostream& out, const json& report) {
  json rows = json::array();
  for (const auto& [name, columns] : report["resources"].items()) {
    json row = {{"process", name}};
    for (const char* column : {"resident_kb", "threads", "descriptors"}) {
      row[column] = text_of(columns[column].front()) + " " + text_of(columns[column].back());
    }
    rows.push_back(std::move(row));
  }
  out << "\nfirst and last second:\n";
  print_rows(out, rows,
             {{"process", "process", 12},
              {"resident kB", "resident_kb", 16},
              {"threads", "threads", 10},
              {"descriptors", "descriptors", 14}});
}

}  // namespace

json report_of(const Result& result) {
  return {{"ran_seconds", result.ran_seconds}, {"histories", result.histories},
          {"writers", writers_of(result)},     {"faults", faults_of(result)},
          {"happened", happened_of(result)},   {"losses", losses_of(result)},
          {"ends", ends_of(result)},           {"findings", findings_of(result)},
          {"resources", resources_of(result)}, {"failed", result.failed()}};
}

void print_report(std::ostream& out, const json& report) {
  print_rows(out, report["writers"],
             {{"writer", "writer", 12},
              {"writes", "writes", 9},
              {"acked", "acknowledged", 9},
              {"failed", "not_executed", 8},
              {"in doubt", "in_doubt", 10},
              {"errors", "errors", 8},
              {"lost: Redis'", "lost_by_redis", 14},
              {"ours", "lost_by_us", 6},
              {"undecided", "undecided", 11},
              {"adoptions", "adoptions", 11},
              {"outage ms", "longest_outage_ms", 11}});
  print_faults(out, report);
  print_resources(out, report);
  if (!report["ends"].empty()) out << "\nlost by Redis:\n";
  for (const auto& end : report["ends"]) {
    out << "history " << text_of(end["history"]) << " was replicated up to " << text_of(end["kept"])
        << "; ended at " << text_of(end["first"]) << " to " << text_of(end["last"]) << ": "
        << end["lost"].dump() << "\n";
  }
  for (const auto& loss : report["losses"]) {
    if (loss["whose"] == "redis") continue;
    out << "\nlost, " << loss["whose"].get<std::string>() << ": " << loss["writer"].get<std::string>() << ": "
        << loss["write"].get<std::string>() << "  " << loss["why"].get<std::string>() << "\n";
  }
  for (const auto& finding : report["findings"]) out << "\n" << finding.get<std::string>() << "\n";
  out << "\n"
      << (report["failed"].get<bool>() ? "FAILED" : "nothing is ours") << ": " << text_of(report["histories"])
      << " replication histories\n";
}

}  // namespace rediscovery::chaos
