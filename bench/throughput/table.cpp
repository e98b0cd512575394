#include "table.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>

namespace rediscovery::bench {
namespace {

double median(std::vector<double> sorted) {
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

}  // namespace

bool Table::ReportContext(const Context& /*context*/) { return true; }

void Table::ReportRuns(const std::vector<Run>& runs) {
  for (const Run& run : runs) {
    if (run.run_type != Run::RT_Iteration) continue;
    require(!run.error_occurred, run.run_name.function_name + ": " + run.error_message);
    rates_[run.run_name.function_name].push_back(run.counters.at("items_per_second"));
  }
}

nlohmann::json Table::to_json() const {
  auto groups = nlohmann::json::array();
  for (const Row& row : rows_) {
    const auto found = rates_.find(key(row));
    require(found != rates_.end(), key(row) + " was not measured");
    std::vector<double> rates = found->second;
    std::sort(rates.begin(), rates.end());
    if (groups.empty() || groups.back()["group"] != row.group) {
      groups.push_back({{"group", row.group}, {"rows", nlohmann::json::array()}});
    }
    auto& rows = groups.back()["rows"];
    const double rate = median(rates);
    const double base = rows.empty() ? rate : rows.front()["commands_per_second"].get<double>();
    rows.push_back({{"name", row.name},
                    {"commands_per_second", rate},
                    {"lowest", rates.front()},
                    {"highest", rates.back()},
                    {"ratio", rate / base}});
  }
  return groups;
}

void Table::print(std::ostream& out, const nlohmann::json& table) {
  out << std::fixed;
  for (const auto& group : table) {
    out << '\n'
        << std::left << std::setw(52) << group["group"].get<std::string>() << std::right << std::setw(12)
        << "commands/s" << std::setw(22) << "lowest … highest" << std::setw(9) << "ratio" << '\n';
    for (const auto& row : group["rows"]) {
      const auto rounded = [&](const char* field) {
        return std::to_string(static_cast<std::int64_t>(row[field].get<double>()));
      };
      out << "  " << std::left << std::setw(50) << row["name"].get<std::string>() << std::right
          << std::setw(12) << rounded("commands_per_second") << std::setw(20)
          << rounded("lowest") + " … " + rounded("highest") << std::setw(9) << std::setprecision(3)
          << row["ratio"].get<double>() << '\n';
    }
  }
}

}  // namespace rediscovery::bench
