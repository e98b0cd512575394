#include "report.hpp"

#include <iomanip>
#include <ostream>

#include "figures.hpp"

namespace rediscovery::bench {
namespace {

using nlohmann::json;

json to_json(const ClientRun& run) {
  json after;
  if (run.after_promotion) after = *run.after_promotion;
  return {{"client", run.client},
          {"outage_ms", run.outage},
          {"unanswered_ms", run.unanswered},
          {"after_promotion_ms", after},
          {"acknowledged", run.acknowledged},
          {"failed", run.failed},
          {"in_doubt", run.in_doubt},
          {"lost", run.lost},
          {"kept_steps", run.kept_steps},
          {"lost_steps", run.lost_steps},
          {"failed_steps", run.failed_steps}};
}

json to_json(const Run& run) {
  json clients = json::array();
  for (const auto& client : run.clients) clients.push_back(to_json(client));
  return {{"promoted_ms", run.promoted},
          {"named_ms", run.named},
          {"announced_ms", run.announced},
          {"announced_last_ms", run.announced_last},
          {"clients", clients}};
}

// Of one client, over all runs.
json summary_of(const std::vector<Run>& runs, std::size_t client) {
  std::vector<double> outage;
  std::vector<double> unanswered;
  std::vector<double> after;
  std::size_t acknowledged = 0;
  std::size_t failed = 0;
  std::size_t in_doubt = 0;
  std::size_t lost = 0;
  for (const auto& run : runs) {
    const auto& one = run.clients.at(client);
    outage.push_back(one.outage);
    unanswered.push_back(one.unanswered);
    if (one.after_promotion) after.push_back(*one.after_promotion);
    acknowledged += one.acknowledged;
    failed += one.failed;
    in_doubt += one.in_doubt;
    lost += one.lost;
  }
  return {{"client", runs.front().clients.at(client).client},
          {"outage_ms", to_json(distribution_of(outage))},
          {"unanswered_ms", to_json(distribution_of(unanswered))},
          {"after_promotion_ms", to_json(distribution_of(after))},
          {"never_wrote_again", runs.size() - after.size()},
          {"acknowledged", acknowledged},
          {"failed", failed},
          {"in_doubt", in_doubt},
          {"lost", lost}};
}

template <typename Field>
Distribution moments(const std::vector<Run>& runs, Field field) {
  std::vector<double> values;
  for (const auto& run : runs) values.push_back(run.*field);
  return distribution_of(std::move(values));
}

}  // namespace

json report_of(Fault fault, const std::vector<Run>& runs) {
  json report = {{"fault", to_string(fault)},
                 {"failovers", runs.size()},
                 {"promoted_ms", to_json(moments(runs, &Run::promoted))},
                 {"named_ms", to_json(moments(runs, &Run::named))},
                 {"announced_ms", to_json(moments(runs, &Run::announced))},
                 {"step_ms", ClientRun::kStep.count()},
                 {"steps_before_fault", ClientRun::kBefore / ClientRun::kStep},
                 {"clients", json::array()},
                 {"runs", json::array()}};
  for (std::size_t i = 0; i < runs.front().clients.size(); ++i)
    report["clients"].push_back(summary_of(runs, i));
  for (const auto& run : runs) report["runs"].push_back(to_json(run));
  return report;
}

void print_report(std::ostream& out, const json& report) {
  out << std::fixed << std::setprecision(0) << report["fault"].get<std::string>() << ", "
      << report["failovers"].get<std::size_t>() << " failovers: promoted after "
      << report["promoted_ms"]["p50"].get<double>() << " ms, announced after "
      << report["announced_ms"]["p50"].get<double>() << " ms, named in DNS after "
      << report["named_ms"]["p50"].get<double>() << " ms (medians)\n"
      << std::left << std::setw(16) << "" << std::right << std::setw(18) << "outage, ms" << std::setw(26)
      << "after promotion, ms" << std::setw(42) << "writes, all failovers together\n"
      << std::setw(16) << "";
  for (const char* name : {"p50", "max", "p50", "max"}) out << std::setw(11) << name;
  for (const char* name : {"acknowledged", "failed", "in doubt", "lost"}) out << std::setw(13) << name;
  out << "\n";
  for (const auto& client : report["clients"]) {
    out << std::left << std::setw(16) << client["client"].get<std::string>() << std::right
        << std::setprecision(1);
    for (const char* what : {"outage_ms", "after_promotion_ms"}) {
      for (const char* which : {"p50", "max"}) out << std::setw(11) << client[what][which].get<double>();
    }
    for (const char* what : {"acknowledged", "failed", "in_doubt", "lost"})
      out << std::setw(13) << client[what].get<std::size_t>();
    if (const auto never = client["never_wrote_again"].get<std::size_t>(); never > 0)
      out << "   " << never << " times not within half a minute";
    out << "\n";
  }
}

}  // namespace rediscovery::bench
