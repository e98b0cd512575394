#include "live/pool_metrics.hpp"

#include <cstdlib>
#include <sstream>

namespace rediscovery::demo::live {
namespace {

std::string label_of(const std::string& sample, const std::string& label) {
  const auto begin = sample.find(label + "=\"");
  if (begin == std::string::npos) return "";
  const auto from = begin + label.size() + 2;
  return sample.substr(from, sample.find('"', from) - from);
}

}  // namespace

PoolView read_pool_metrics(const std::string& page) {
  PoolView view;
  bool suspect = false;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    const auto space = line.rfind(' ');
    if (!line.starts_with("rediscovery_") || space == std::string::npos) continue;
    const std::string name = line.substr(0, line.find_first_of("{ "));
    const auto value = static_cast<std::uint64_t>(std::strtod(line.c_str() + space, nullptr));
    if (name == "rediscovery_generation") view.generation = value;
    if (name == "rediscovery_suspect") suspect = value != 0;
    if (name == "rediscovery_waiting_callers") view.waiting = value;
    if (name == "rediscovery_master_info") view.master = label_of(line, "endpoint");
    if (name == "rediscovery_connections" && label_of(line, "state") != "connecting") {
      view.connections = view.connections.value_or(0) + value;
    }
  }
  view.state = view.generation == 0 ? "connecting" : (suspect ? "suspect" : "ready");
  return view;
}

void note_event(const PoolEvent& event, PoolView& view) {
  if (event.name == "suspect") {
    view.state = "suspect";
    view.believes = "suspects " + view.master + ": " + event.reason;
  } else if (event.name == "verified") {
    view.state = "ready";
    view.believes = event.endpoint + " is still the master";
  } else if (event.name == "adopted") {
    view.state = "ready";
    view.master = event.endpoint;
    view.believes = "follows " + event.endpoint + (event.reason.empty() ? "" : ": " + event.reason);
  }
}

}  // namespace rediscovery::demo::live
