// The measurements, gathered and compared.
#pragma once

#include <benchmark/benchmark.h>

#include <iosfwd>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "row.hpp"

namespace rediscovery::bench {

// Takes google-benchmark's results instead of printing them one by one.
class Table : public benchmark::BenchmarkReporter {
 public:
  explicit Table(const std::vector<Row>& rows) : rows_(rows) {}

  // Under this name the row is to be registered.
  static std::string key(const Row& row) { return row.group + "/" + row.name; }

  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;

  // Throws std::runtime_error for a row that was not measured.
  [[nodiscard]] nlohmann::json to_json() const;
  static void print(std::ostream& out, const nlohmann::json& table);

 private:
  const std::vector<Row>& rows_;
  std::map<std::string, std::vector<double>> rates_;  // commands a second, by key(), one for each repetition
};

}  // namespace rediscovery::bench
