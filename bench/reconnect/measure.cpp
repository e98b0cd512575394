#include "measure.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <thread>

#include "writer.hpp"

namespace rediscovery::bench {
namespace {

using namespace std::chrono_literals;

// So that a client has done what a start or a move leaves it to do, and measures nothing but the next one.
constexpr auto kWarmUp = 1s;
constexpr auto kBetweenMoves = 30ms;

double ms(Clock::time_point from, Clock::time_point until) {
  return std::chrono::duration<double, std::milli>(until - from).count();
}

void measure_floor(Mover& mover, int moves, Samples& samples) {
  for (int i = 0; i < moves; ++i) {
    const auto moved = mover.move(true);
    samples.from_role.push_back(ms(moved.role, *moved.floor));
    samples.from_name.push_back(ms(moved.name, *moved.floor));
    mover.wait_linked();
    std::this_thread::sleep_for(kBetweenMoves);
  }
}

void measure_move(Mover& mover, const Client& client, Subject& subject, Writer& writer, Samples& samples) {
  const auto followed = subject.masters_followed();
  const auto moved = mover.move(false);
  testing::wait_until([&] { return writer.is_beyond(followed); }, 10s,
                      client.name + " to write to the new master", 1ms);
  mover.wait_linked();
  testing::wait_until([&] { return subject.settled(); }, 10s, client.name + " to have its standbys", 1ms);
  std::this_thread::sleep_for(kBetweenMoves);

  const auto acknowledged = writer.take();
  std::vector<std::string> keys;
  for (const auto& one : acknowledged) keys.push_back(one.key);
  const auto missing = mover.missing(keys);
  const std::set<std::string> lost(missing.begin(), missing.end());
  samples.acknowledged += keys.size();
  samples.lost += lost.size();
  // What counts towards a later master and is not there was the old one's.
  const auto first = std::ranges::find_if(acknowledged, [&](const Acknowledged& one) {
    return one.masters_followed > followed && !lost.contains(one.key);
  });
  if (first == acknowledged.end()) throw std::runtime_error(client.name + ": no write is on the new master");
  samples.from_role.push_back(ms(moved.role, first->at));
  samples.from_name.push_back(ms(moved.name, first->at));
  samples.name_to_cut.push_back(ms(moved.name, moved.cut));
}

}  // namespace

void measure(testing::Cluster& cluster, Mover& mover, const Client& client, int moves, Samples& samples) {
  if (client.make == nullptr) return measure_floor(mover, moves, samples);
  const auto subject = client.make(cluster, client);
  Writer writer(*subject);
  testing::wait_until([&] { return writer.is_beyond(0) && subject->settled(); }, 20s,
                      client.name + " to write", 1ms);
  std::this_thread::sleep_for(kWarmUp);
  (void)writer.take();
  for (int i = 0; i < moves; ++i) measure_move(mover, client, *subject, writer, samples);
}

}  // namespace rediscovery::bench
