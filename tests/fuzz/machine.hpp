// What the state machines' targets have in common: a small world of nodes, and time that moves on.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <sstream>
#include <string>
#include <vector>

#include "core/endpoint.hpp"
#include "core/node_report.hpp"
#include "fuzz/bytes.hpp"

// Tells a machine's actions with whatever fails below. Not while libFuzzer searches: it would be most of the
// work, and what is found is replayed.
#ifdef REDISCOVERY_FUZZING
#define REDISCOVERY_TRACE(actions) static_cast<void>(actions)
#else
#define REDISCOVERY_TRACE(actions) SCOPED_TRACE(printed(actions))
#endif

namespace rediscovery::fuzz {

inline constexpr std::size_t kNodes = 5;

inline core::Endpoint node(std::size_t number) {
  return {"10.0.0." + std::to_string(number + 1), 6379, "name"};
}

inline core::Endpoint some_node(Bytes& input) { return node(input.below(kNodes)); }

inline std::vector<core::Endpoint> some_nodes(Bytes& input) {
  const std::uint8_t which = input.byte();
  std::vector<core::Endpoint> nodes;
  for (std::size_t i = 0; i < kNodes; ++i) {
    if ((which >> i & 1U) != 0) nodes.push_back(node(i));
  }
  // A name may stand for the same node twice.
  if ((which & 0x80U) != 0 && !nodes.empty()) nodes.push_back(nodes.front());
  return nodes;
}

// Few histories and processes, so that they are often related. "" is what a server may leave out.
inline core::NodeReport some_report(Bytes& input) {
  static const std::array<std::string, 6> names = {"", "a", "b", "c", "d", "e"};
  const std::uint8_t kind = input.byte();
  core::NodeReport report;
  report.role = (kind & 1U) != 0 ? core::Role::master : core::Role::replica;
  report.run_id = names[(kind >> 1U) % names.size()];
  report.lineage.id = names[input.below(names.size())];
  report.lineage.previous_id = names[input.below(names.size())];
  if (report.role == core::Role::replica && (kind & 0x80U) != 0) report.master = some_node(input);
  return report;
}

// Mostly within a round trip, now and then beyond every timer.
inline core::Duration some_time(Bytes& input) {
  constexpr std::array<int, 8> milliseconds = {0, 0, 1, 3, 20, 300, 4'000, 70'000};
  return std::chrono::milliseconds(milliseconds[input.below(milliseconds.size())]);
}

// The whole of a target whose Driver takes one step after the other from the input.
template <typename Driver>
int drive(const std::uint8_t* data, std::size_t size) {
  Bytes input(data, size);
  Driver driver(input);
  while (!input.empty()) driver.step();
  return 0;
}

template <typename Actions>
std::string printed(const Actions& actions) {
  std::ostringstream out;
  for (const auto& action : actions) out << action << "; ";
  return out.str();
}

}  // namespace rediscovery::fuzz
