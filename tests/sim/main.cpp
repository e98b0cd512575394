// rediscovery_sim: runs seeds, as many as wanted.
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "sim/run.hpp"

namespace {

using rediscovery::sim::explain;
using rediscovery::sim::Outcome;
using rediscovery::sim::run_seed;
using rediscovery::sim::Totals;

constexpr const char* kHelp =
    "usage: rediscovery_sim --seed N [--quiet]\n"
    "       rediscovery_sim --seeds A..B [--keep-going]\n"
    "       rediscovery_sim --count N [--first M] [--keep-going]\n"
    "       rediscovery_sim --for SECONDS [--first M] [--keep-going]\n"
    "\n"
    "Runs the pool on a simulated network, DNS, Redis and Sentinel. A seed stands for one run, always the "
    "same.\n"
    "\n"
    "  --seed N         run one seed and print all that happens (with --quiet, only the outcome)\n"
    "  --seeds A..B     run these, both included\n"
    "  --count N        run N seeds, from --first (1)\n"
    "  --for SECONDS    run seeds from --first until the time is over\n"
    "  --keep-going     do not stop at the first seed that fails\n"
    "\n"
    "Exit status: 0 all well, 1 an invariant was violated, 2 wrong usage.\n";

struct Options {
  std::optional<std::uint64_t> seed;
  std::uint64_t first = 1;
  std::uint64_t last = 0;
  std::uint64_t count = 0;
  std::uint64_t seconds = 0;
  bool quiet = false;
  bool keep_going = false;
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// nullopt: wrong usage.
std::optional<Options> parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--quiet") {
      options.quiet = true;
      continue;
    }
    if (name == "--keep-going") {
      options.keep_going = true;
      continue;
    }
    if (i + 1 == argc) return std::nullopt;
    const std::string_view value = argv[++i];
    if (name == "--seeds") {
      const auto dots = value.find("..");
      if (dots == std::string_view::npos) return std::nullopt;
      const auto first = number(value.substr(0, dots));
      const auto last = number(value.substr(dots + 2));
      if (!first || !last || *last < *first) return std::nullopt;
      options.first = *first;
      options.count = *last - *first + 1;
      continue;
    }
    const auto given = number(value);
    if (!given) return std::nullopt;
    if (name == "--seed") {
      options.seed = given;
    } else if (name == "--first") {
      options.first = *given;
    } else if (name == "--count") {
      options.count = *given;
    } else if (name == "--for") {
      options.seconds = *given;
    } else {
      return std::nullopt;
    }
  }
  const bool wants_many = options.count != 0 || options.seconds != 0;
  if (options.seed.has_value() == wants_many) return std::nullopt;
  return options;
}

void print(const Totals& totals, double seconds, std::uint64_t failures) {
  const auto n = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf("%llu seeds in %.1f s (%.0f a second), %llu failed\n", n(totals.runs), seconds,
              static_cast<double>(totals.runs) / seconds, n(failures));
  std::printf("  %.1f simulated hours in %llu steps\n",
              std::chrono::duration<double, std::ratio<3600>>(totals.simulated).count(), n(totals.steps));
  std::printf("  %llu adoptions, %llu suspicions, %llu look-ups, %llu dials\n", n(totals.adoptions),
              n(totals.suspicions), n(totals.lookups), n(totals.dials));
  std::printf("  %llu commands: %llu succeeded, %llu failed (%llu of them in doubt), %llu retries\n",
              n(totals.commands), n(totals.succeeded), n(totals.failed), n(totals.in_doubt),
              n(totals.retries));
  std::printf("  %llu acknowledged writes lost by asynchronous replication, %llu pools stranded by rule 7\n",
              n(totals.lost_writes), n(totals.stranded));
  std::printf("  %llu reads sent to replicas, %llu messages heard\n", n(totals.replica_reads),
              n(totals.messages));
  for (const auto& [kind, count] : totals.faults) std::printf("  %8llu  %s\n", n(count), kind.c_str());
}

int run_one(std::uint64_t seed, bool quiet) {
  const auto print_line = [](const std::string& line) { std::printf("%s\n", line.c_str()); };
  const Outcome outcome = quiet ? run_seed(seed) : run_seed(seed, print_line);
  std::printf("seed %llu: %s, trace %016llx\n", static_cast<unsigned long long>(seed),
              outcome.violation ? outcome.violation->c_str() : "all well",
              static_cast<unsigned long long>(outcome.hash));
  return outcome.violation ? 1 : 0;
}

int run_many(const Options& options) {
  using Clock = std::chrono::steady_clock;
  const auto started = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - started).count(); };
  double next_progress = 5;
  std::uint64_t failures = 0;
  Totals totals;
  for (std::uint64_t i = 0;
       options.count != 0 ? i < options.count : elapsed() < static_cast<double>(options.seconds); ++i) {
    const std::uint64_t seed = options.first + i;
    const Outcome outcome = run_seed(seed);
    totals += outcome.totals;
    if (outcome.violation) {
      ++failures;
      if (options.keep_going) {
        std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), outcome.violation->c_str());
      } else {
        std::printf("%s", explain(seed, outcome).c_str());
        break;
      }
    }
    if (elapsed() < next_progress) continue;
    std::fprintf(stderr, "seed %llu, %.0f a second\n", static_cast<unsigned long long>(seed),
                 static_cast<double>(totals.runs) / elapsed());
    next_progress = elapsed() + 10;
  }
  print(totals, elapsed(), failures);
  return failures == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--help") == 0) {
    std::printf("%s", kHelp);
    return 0;
  }
  const auto options = parse(argc, argv);
  if (!options) {
    std::fprintf(stderr, "%s", kHelp);
    return 2;
  }
  return options->seed ? run_one(*options->seed, options->quiet) : run_many(*options);
}
