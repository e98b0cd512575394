#include "process_cost.hpp"

#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "stage.hpp"

namespace rediscovery::bench {
namespace {

using namespace std::chrono_literals;

double took_ms(const testing::Finished& finished) {
  if (finished.code != 0) throw std::runtime_error("a one-shot has failed: " + finished.output);
  return static_cast<double>(finished.took.count()) / 1000.0;
}

// User and system time so far, in clock ticks: fields 14 and 15 of proc(5)'s stat, behind the name in
// parentheses.
double cpu_seconds(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  std::istringstream rest(line.substr(line.rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) rest >> skipped;
  double user = 0;
  double system = 0;
  if (!(rest >> user >> system)) throw std::runtime_error("the daemon has ended");
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double resident_mb(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  std::string word;
  while (file >> word) {
    double kilobytes = 0;
    if (word == "VmRSS:" && file >> kilobytes) return kilobytes / 1024.0;
  }
  throw std::runtime_error("the daemon has ended");
}

}  // namespace

OneShots measure_one_shots(int count) {
  testing::Stage stage;
  OneShots times;
  for (int i = 0; i < count; ++i) {
    stage.cluster().deregister_roles();
    if (stage.cluster().consul().request("DELETE", "/v1/kv/redis-roles/mymaster").status != 200)
      throw std::runtime_error("Consul does not delete the fence");
    times.with_a_write_ms.push_back(took_ms(stage.run({"apply"})));
    times.nothing_to_do_ms.push_back(took_ms(stage.run({"apply"})));
  }
  return times;
}

IdleDaemon measure_idle_daemon(double seconds) {
  testing::Stage stage;
  const auto daemon = stage.start_daemon(
      stage.config_with("idle.json", [](nlohmann::json& root) { root.erase("reconcile_interval_ms"); }));
  testing::wait_until([&] { return stage.slaves().size() == 2; }, 20s, "both replicas registered");
  for (const auto& sentinel : stage.cluster().sentinel_endpoints())
    daemon->wait_output("listening to Sentinel " + sentinel);
  // What starting has left to do is not what resting costs.
  std::this_thread::sleep_for(3s);
  const auto begin = std::chrono::steady_clock::now();
  const double used = cpu_seconds(daemon->pid());
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  const double spent = cpu_seconds(daemon->pid()) - used;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  return {elapsed.count(), 100.0 * spent / elapsed.count(), resident_mb(daemon->pid())};
}

}  // namespace rediscovery::bench
