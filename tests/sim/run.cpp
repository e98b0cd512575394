#include "sim/run.hpp"

#include "sim/simulation.hpp"

namespace rediscovery::sim {
namespace {

constexpr std::size_t kLastLines = 60;

}  // namespace

Outcome run_seed(std::uint64_t seed, const Trace::Sink& sink) {
  Simulation simulation(seed, Settings::draw(seed));
  if (sink) simulation.context().trace.keep_text(sink);
  simulation.run();
  const Context& context = simulation.context();
  return {context.violation, context.trace.hash(), context.totals};
}

std::string explain(std::uint64_t seed, const Outcome& outcome) {
  if (!outcome.violation) return "";
  // Text costs too much to be kept on every run. The seed brings it all back.
  Simulation again(seed, Settings::draw(seed));
  again.context().trace.keep_text();
  again.run();
  std::string text = "seed " + std::to_string(seed) + ": " + *outcome.violation + "\n";
  const auto& lines = again.context().trace.lines();
  for (std::size_t i = lines.size() > kLastLines ? lines.size() - kLastLines : 0; i < lines.size(); ++i) {
    text += lines[i] + '\n';
  }
  return text + "again, in full: rediscovery_sim --seed " + std::to_string(seed) + '\n';
}

}  // namespace rediscovery::sim
