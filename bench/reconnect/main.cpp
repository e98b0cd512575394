// How long after the master's name has moved a client writes again: README.md says how to read it.
#include <algorithm>
#include <csignal>
#include <iomanip>
#include <iostream>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "command_line.hpp"
#include "figures.hpp"
#include "measure.hpp"
#include "reconnect_usage.hpp"

namespace rediscovery::bench {
namespace {

using nlohmann::json;

// Rows take turns after so many moves: short beside what else the machine goes through, long beside a start.
constexpr int kBlock = 20;

struct Settings {
  int moves = 200;
  std::string setting;
  std::string client;
  Output output;
};

struct Row {
  Setting setting;
  Client client;
  Samples samples;

  [[nodiscard]] const std::vector<double>& own() const {
    return client.begin == Client::Begin::role ? samples.from_role : samples.from_name;
  }
};

std::vector<Row> rows(const Settings& settings, Setting setting) {
  std::vector<Row> chosen;
  for (const auto& client : clients()) {
    const bool is_floor = client.make == nullptr;
    if (is_floor || client.name.find(settings.client) != std::string::npos)
      chosen.push_back({setting, client, {}});
  }
  return chosen;
}

void measure_group(const Settings& settings, std::vector<Row>& group) {
  testing::Cluster cluster(cluster_options(group.front().setting));
  Mover mover(cluster);
  std::minstd_rand random(std::random_device{}());
  std::vector<Row*> order;
  for (auto& row : group) order.push_back(&row);
  for (int done = 0; done < settings.moves; done += kBlock) {
    const int moves = std::min(kBlock, settings.moves - done);
    std::ranges::shuffle(order, random);
    for (auto* row : order) {
      std::cerr << "\r" << to_string(row->setting) << ": " << done << " of " << settings.moves << " moves, "
                << row->client.name << std::string(20, ' ') << std::flush;
      measure(cluster, mover, row->client, moves, row->samples);
    }
  }
  std::cerr << "\r" << std::string(70, ' ') << "\r";
}

json to_json(const Row& row, const Distribution& floor) {
  const auto own = distribution_of(row.own());
  return {{"setting", to_string(row.setting)},
          {"client", row.client.name},
          {"begins", row.client.begin == Client::Begin::role ? "role" : "name"},
          {"from_role_ms", to_json(distribution_of(row.samples.from_role))},
          {"from_name_ms", to_json(distribution_of(row.samples.from_name))},
          {"name_to_cut_ms", to_json(distribution_of(row.samples.name_to_cut))},
          {"times_floor", {{"p50", own.p50 / floor.p50}, {"p99", own.p99 / floor.p99}}},
          {"acknowledged", row.samples.acknowledged},
          {"lost", row.samples.lost},
          {"samples_ms", row.own()}};
}

void print(const json& row) {
  auto& out = std::cout;
  const auto figures = [&out](const json& of) {
    for (const char* name : {"p50", "p90", "p99", "max"}) out << std::setw(8) << of[name].get<double>();
  };
  out << std::left << std::setw(24) << row["client"].get<std::string>() << std::right << std::fixed
      << std::setprecision(2);
  figures(row["from_role_ms"]);
  out << " ";
  figures(row["from_name_ms"]);
  out << std::setprecision(1) << std::setw(8) << row["times_floor"]["p50"].get<double>() << std::setw(6)
      << row["times_floor"]["p99"].get<double>() << std::setw(6) << row["begins"].get<std::string>()
      << std::setw(8) << row["lost"].get<std::size_t>() << "\n";
}

void print(const json& result, int moves) {
  auto& out = std::cout;
  out << moves << " moves for each row; load " << result["machine"]["load"] << " before, "
      << result["load_after"] << " after. Milliseconds to the first acknowledged write\n";
  std::string setting;
  for (const auto& row : result["rows"]) {
    if (row["setting"] != setting) {
      setting = row["setting"];
      out << "\n"
          << std::left << std::setw(24) << setting << std::setw(33) << "  from role:master" << std::setw(32)
          << "  from DNS"
          << "  times the floor\n"
          << std::setw(24) << "" << std::right;
      for (int i = 0; i < 2; ++i) {
        for (const char* name : {"p50", "p90", "p99", "max"}) out << std::setw(8) << name;
        out << (i == 0 ? " " : "");
      }
      out << std::setw(8) << "p50" << std::setw(6) << "p99" << std::setw(6) << "from" << std::setw(8)
          << "lost"
          << "\n";
    }
    print(row);
  }
}

Settings parse(char** arguments) {
  Settings settings;
  CommandLine line;
  line.number("--moves", settings.moves, 1, 100'000);
  line.text("--setting", settings.setting);
  line.text("--client", settings.client);
  line.text("--save", settings.output.save);
  line.flag("--json", settings.output.as_json);
  line.parse(arguments, kUsage);
  const auto known = {Setting::plain, Setting::auth, Setting::tls};
  if (!settings.setting.empty() &&
      std::ranges::none_of(known, [&](Setting one) { return to_string(one) == settings.setting; }))
    throw std::invalid_argument("--setting: expected plain, auth or tls");
  return settings;
}

void run(const Settings& settings) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL, in the floor and in the plain client
  warn_of_debug_build();
  json result = {
      {"benchmark", "reconnect"}, {"machine", machine()}, {"moves", settings.moves}, {"rows", json::array()}};
  for (const auto setting : {Setting::plain, Setting::auth, Setting::tls}) {
    if (!settings.setting.empty() && settings.setting != to_string(setting)) continue;
    auto group = rows(settings, setting);
    measure_group(settings, group);
    const auto floor = distribution_of(group.front().own());
    for (const auto& row : group) result["rows"].push_back(to_json(row, floor));
  }
  if (!publish(result, settings.output)) print(result, settings.moves);
}

}  // namespace
}  // namespace rediscovery::bench

int main(int /*count*/, char** arguments) {
  return rediscovery::bench::run_program(
      "bench_reconnect", [&] { rediscovery::bench::run(rediscovery::bench::parse(arguments)); });
}
