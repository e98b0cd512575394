#include "sim/trace.hpp"

#include <cstdio>

namespace rediscovery::sim {
namespace {

constexpr std::size_t kMostLines = 400;

}  // namespace

void Trace::add_line(core::TimePoint now, std::string_view what, const std::string& text) {
  // The simulation starts an hour after the clock's zero.
  const std::chrono::duration<double, std::milli> ms = now - (core::TimePoint{} + std::chrono::hours(1));
  char head[64];
  std::snprintf(head, sizeof head, "%11.3f  %-10.*s ", ms.count(), static_cast<int>(what.size()),
                what.data());
  lines_.push_back(head + text);
  if (lines_.size() > kMostLines) lines_.pop_front();
  if (sink_) sink_(lines_.back());
}

}  // namespace rediscovery::sim
