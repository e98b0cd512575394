// Threads that keep asking how the nodes and their public name stand: Consul, the DNS server, the gate's log
// and its `status`.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "gate/stage.hpp"
#include "live/gate_situation.hpp"
#include "live/gate_story.hpp"

namespace rediscovery::demo::live {

class GateWatch {
 public:
  // `stage` must outlive this. Times are told from `start`.
  GateWatch(GateStage& stage, Clock::time_point start);
  // Returns when all threads have ended, within a second.
  ~GateWatch();
  GateWatch(const GateWatch&) = delete;
  GateWatch& operator=(const GateWatch&) = delete;

  [[nodiscard]] GateSituation now() const;
  // With what happened.
  [[nodiscard]] nlohmann::ordered_json to_json() const;
  // To be called right before.
  void acted(const GateOrder& order);
  // Asks the gate soon.
  void ask_soon() { changed_ = true; }

 private:
  void repeat(std::function<std::chrono::milliseconds()> look);
  void look_at_checks();
  void look_at_answer();
  void read_log(const std::vector<nlohmann::json>& lines);
  void ask_gate();
  void note_problem(const std::string& problem);

  GateStage& stage_;
  std::uint64_t consul_index_ = 0;  // one thread's
  mutable std::mutex mutex_;        // guards what follows
  GateSituation situation_;
  GateStory story_;
  Clock::time_point last_act_{};
  std::atomic<bool> changed_ = true;
  std::vector<std::jthread> threads_;  // last: they use the above
};

}  // namespace rediscovery::demo::live
