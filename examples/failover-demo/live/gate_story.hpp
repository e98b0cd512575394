// What happened to the nodes, and how long it took from the hand that did it to the DNS server's answer.
// Pure.
#pragma once

#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "live/course.hpp"
#include "live/gate_situation.hpp"
#include "moment.hpp"

namespace rediscovery::demo::live {

class GateStory {
 public:
  // Times are told from `start`.
  GateStory(std::vector<GateNode> nodes, Clock::time_point start) : nodes_(std::move(nodes)), start_(start) {}

  // Somebody's hand.
  void acted(const GateOrder& order, Clock::time_point at);
  // The state of Consul's check is another one now.
  void checked(std::size_t node, const std::string& status, Clock::time_point at);
  // The address has entered or left the answer.
  void answered(std::size_t node, bool in, Clock::time_point at);
  // A line of the gate's own log.
  void told(const nlohmann::json& line, Clock::time_point at);
  void trouble(const std::string& text, Clock::time_point at);

  // The latest of each, the oldest first.
  [[nodiscard]] nlohmann::ordered_json lines() const;
  [[nodiscard]] nlohmann::ordered_json took() const;

 private:
  // From a hand to what comes of it.
  struct Course {
    GateAct act = GateAct::take_redis;
    Clock::time_point began;
    std::optional<Clock::time_point> checked;
    std::string held_by;
  };
  void add(const std::string& kind, const std::string& who, const std::string& text, Clock::time_point at);
  [[nodiscard]] std::vector<Phase> phases_of(const Course& course, Clock::time_point ended) const;
  [[nodiscard]] std::string named(std::size_t node) const;

  const std::vector<GateNode> nodes_;
  const Clock::time_point start_;
  std::optional<Clock::time_point> last_act_;
  std::map<std::size_t, Course> courses_;
  std::map<std::string, std::string> held_;  // by address: what was told last
  int count_ = 0;
  std::deque<nlohmann::ordered_json> lines_;
  std::deque<nlohmann::ordered_json> took_;
};

}  // namespace rediscovery::demo::live
