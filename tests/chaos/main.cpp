// rediscovery_chaos: README.md says what it does and how to read it.
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <iostream>
#include <random>

#include "chaos/recorder.hpp"
#include "chaos/report.hpp"
#include "chaos_usage.hpp"
#include "command_line.hpp"
#include "figures.hpp"

namespace rediscovery::chaos {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

struct Settings {
  int seconds = 60;
  int seed = 0;
  int rate = 200;
  std::string faults = "all";
  std::string keep;
  bool schedule = false;
  bench::Output output;
};

Settings parse(char** arguments) {
  Settings settings;
  bench::CommandLine line;
  line.number("--seconds", settings.seconds, 10, 86400);
  line.number("--seed", settings.seed, 0, 2'000'000'000);
  line.number("--rate", settings.rate, 10, 2000);
  line.text("--faults", settings.faults);
  line.text("--keep", settings.keep);
  line.flag("--schedule", settings.schedule);
  line.text("--save", settings.output.save);
  line.flag("--json", settings.output.as_json);
  line.parse(arguments, kUsage);
  if (settings.seed == 0) settings.seed = static_cast<int>(std::random_device()() % 1'000'000 + 1);
  return settings;
}

// Ctrl-C: the judgement of what was done so far. A second one ends it at once; the keeper then cleans up.
sigset_t ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

// False: a signal came first.
bool sleep_for(std::chrono::milliseconds time) {
  const sigset_t signals = ending_signals();
  const timespec timeout{time.count() / 1000, time.count() % 1000 * 1'000'000};
  return sigtimedwait(&signals, nullptr, &timeout) < 0;
}

void tell_progress(int second, const Settings& settings, const Faults& faults) {
  const bool on_terminal = ::isatty(STDERR_FILENO) != 0;
  if (!on_terminal && second % 30 != 0) return;
  std::cerr << (on_terminal ? "\r\033[K" : "") << second << " of " << settings.seconds << " s, "
            << faults.happened().size() << " faults are over; now: " << faults.present()
            << (on_terminal ? "" : "\n") << std::flush;
}

void print_schedule(const std::vector<Fault>& schedule) {
  for (const auto& fault : schedule) {
    std::cout << std::chrono::duration<double>(fault.at).count() << " s: " << to_string(fault.kind) << " for "
              << std::chrono::duration<double>(fault.lasts).count() << " s\n";
  }
}

// All is healed; is everybody back?
void wait_for_writers(World& world, Result& result) {
  try {
    world.cluster().wait_settled(90s);
  } catch (const testing::TimeoutError& error) {
    result.problems.push_back(std::string("the cluster did not heal: ") + error.what());
  }
  const Micros healed = now();
  try {
    testing::wait_until([&] { return world.all_write_since(healed); }, 60s, "all writers to be back", 50ms);
  } catch (const testing::TimeoutError&) {
    for (const auto& writer : world.writers()) {
      const auto last = World::last_acknowledged(writer);
      for (std::size_t thread = 0; thread < last.size(); ++thread) {
        if (last[thread] <= healed)
          result.problems.push_back(writer.name + ":" + std::to_string(thread) +
                                    " did not come back within 60 s after all was healed");
      }
    }
  }
}

void stop_writers(World& world, Result& result) {
  for (auto& writer : world.writers()) writer.program->process().signal(SIGTERM);
  for (auto& writer : world.writers()) {
    auto& process = writer.program->process();
    if (const int code = process.wait(30s); code != 0)
      result.problems.push_back(writer.name + " ended with " + std::to_string(code) + ": " +
                                process.output());
  }
}

Result run(const Settings& settings, Namespace& network, const std::vector<Fault>& schedule) {
  World world(settings.rate);
  for (auto& writer : world.writers()) writer.program->start();
  testing::wait_until([&] { return world.all_write_since(0); }, 30s, "all writers to write", 50ms);
  Observer observer(world);
  Result result;
  const Micros started = now();
  Faults faults(world, network, schedule);
  for (int second = 0; second < settings.seconds; ++second) {
    tell_progress(second, settings, faults);
    if (!sleep_for(1s)) {
      std::cerr << "\nending: healing, and looking for what was acknowledged\n";
      break;
    }
  }
  faults.stop();
  result.ran_seconds = static_cast<double>(now() - started) / std::micro::den;
  const sigset_t signals = ending_signals();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  result.happened = faults.happened();
  bool any = parse_kinds(settings.faults).empty();  // a soak
  for (const auto& each : result.happened) {
    if (!each.problem.empty()) result.problems.push_back(each.problem);
    any = any || each.skipped.empty();
  }
  if (!any) result.problems.emplace_back("no fault has happened: nothing was tried");
  wait_for_writers(world, result);
  observer.stop();
  result.holdings = observer.holdings();
  stop_writers(world, result);
  if (!settings.keep.empty())
    std::filesystem::copy(
        world.cluster().folder(), settings.keep,
        std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
  result.journals = read_journals(world.writers());
  const Histories histories = observer.histories();
  result.histories = histories.size();
  result.judgement = judge(result.journals, histories, read_remains(world.cluster(), world.writers()));
  return result;
}

int run(const Settings& settings) {
  std::set<FaultKind> kinds = parse_kinds(settings.faults);
  const auto make = [&] {
    return make_schedule(static_cast<std::uint64_t>(settings.seed), std::chrono::seconds(settings.seconds),
                         kinds);
  };
  if (settings.schedule) {
    print_schedule(make());
    return 0;
  }
  Namespace network;  // before there are threads
  if (!network.available()) {
    std::erase_if(kinds, needs_namespace);
    std::cerr << "no partitions: " << network.why_not() << "\n";
  }
  std::cerr << "seed " << settings.seed << "\n";
  const sigset_t signals = ending_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  json report = {{"seed", settings.seed},
                 {"seconds", settings.seconds},
                 {"rate", settings.rate},
                 {"kinds", settings.faults},
                 {"partitions", network.available() ? "yes" : network.why_not()},
                 {"machine", bench::machine()}};
  const Result result = run(settings, network, make());
  report.update(report_of(result));
  if (!bench::publish(report, settings.output)) {
    std::cout << "\nseed " << settings.seed << ", " << result.ran_seconds << " s, " << settings.rate
              << " writes per second and writer\n\n";
    print_report(std::cout, report);
  }
  return result.failed() ? 1 : 0;
}

}  // namespace
}  // namespace rediscovery::chaos

int main(int /*count*/, char** arguments) {
  int code = 0;
  const int problem = rediscovery::bench::run_program(
      "rediscovery_chaos", [&] { code = rediscovery::chaos::run(rediscovery::chaos::parse(arguments)); });
  return problem != 0 ? problem : code;
}
