#include "live/gate_watch.hpp"

#include <memory>

#include "json_lines.hpp"

namespace rediscovery::demo::live {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::vector<GateNode> nodes_of(const GateStage& stage) {
  std::vector<GateNode> nodes;
  for (std::size_t i = 0; i < GateStage::kNodes; ++i)
    nodes.push_back({GateStage::id(i), stage.address(i), true, "", false, "", ""});
  return nodes;
}

}  // namespace

GateWatch::GateWatch(GateStage& stage, Clock::time_point start)
    : stage_(stage), situation_{nodes_of(stage), {}, 0, 0, ""}, story_(nodes_of(stage), start) {
  repeat([this] {
    look_at_checks();
    return milliseconds(0);
  });
  repeat([this] {
    look_at_answer();
    // Between a hand and what comes of it, milliseconds count.
    constexpr seconds kCourse{5};
    const std::lock_guard lock(mutex_);
    return milliseconds(Clock::now() - last_act_ < kCourse ? 2 : 50);
  });
  repeat([this, log = std::make_shared<JsonLines>(stage.gate_log_path())] {
    read_log(log->read_new());
    return milliseconds(20);
  });
  repeat([this, again = Clock::time_point{}]() mutable {
    // What time alone decides, nobody tells.
    if (changed_.exchange(false) || Clock::now() >= again) {
      again = Clock::now() + seconds(2);
      ask_gate();
      stage_.check();
      note_problem("");
    }
    return milliseconds(100);
  });
}

GateWatch::~GateWatch() {
  for (auto& thread : threads_) thread.request_stop();
}

void GateWatch::repeat(std::function<milliseconds()> look) {
  threads_.emplace_back([this, look = std::move(look)](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      auto pause = milliseconds(500);
      try {
        pause = look();
      } catch (const std::exception& problem) {
        // Somebody's answer is not what it should be, or does not come: that is no end of the demo.
        note_problem(problem.what());
      }
      std::this_thread::sleep_for(pause);
    }
  });
}

GateSituation GateWatch::now() const {
  const std::lock_guard lock(mutex_);
  auto situation = situation_;
  for (std::size_t i = 0; i < situation.nodes.size(); ++i) situation.nodes[i].redis = stage_.has_redis(i);
  return situation;
}

nlohmann::ordered_json GateWatch::to_json() const {
  auto json = live::to_json(now());
  const std::lock_guard lock(mutex_);
  json["lines"] = story_.lines();
  json["took"] = story_.took();
  return json;
}

void GateWatch::acted(const GateOrder& order) {
  const std::lock_guard lock(mutex_);
  last_act_ = Clock::now();
  story_.acted(order, last_act_);
}

// A blocking query of our own, beside the gate's: it returns when a check changes.
void GateWatch::look_at_checks() {
  const auto reply = stage_.consul().request(
      "GET", "/v1/health/checks/st-api?wait=500ms&index=" + std::to_string(consul_index_), {}, seconds(3));
  const auto at = Clock::now();
  const auto checks = nlohmann::json::parse(reply.body, nullptr, false);
  if (reply.status != 200 || !checks.is_array()) {
    consul_index_ = 0;
    std::this_thread::sleep_for(milliseconds(100));
    return;
  }
  consul_index_ = reply.index;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < situation_.nodes.size(); ++i) {
    auto& node = situation_.nodes[i];
    for (const auto& check : checks) {
      const std::string status = check.value("Status", "");
      if (check.value("ServiceID", "") != node.id || status == node.check) continue;
      node.check = status;
      story_.checked(i, status, at);
      changed_ = true;
    }
  }
}

void GateWatch::look_at_answer() {
  std::optional<std::vector<std::string>> answer;
  try {
    answer = stage_.answer();
  } catch (const std::runtime_error&) {
    // Shown as what it is: no answer.
  }
  const auto at = Clock::now();
  const std::lock_guard lock(mutex_);
  const auto before = situation_;
  situation_.answer = answer;
  if (!answer || !before.answer) return;
  for (std::size_t i = 0; i < situation_.nodes.size(); ++i) {
    const bool in = situation_.answers(situation_.nodes[i]);
    if (in == before.answers(before.nodes[i])) continue;
    story_.answered(i, in, at);
    changed_ = true;
  }
}

void GateWatch::read_log(const std::vector<nlohmann::json>& lines) {
  if (lines.empty()) return;
  const std::lock_guard lock(mutex_);
  for (const auto& line : lines) story_.told(line, Clock::now());
  changed_ = true;
}

void GateWatch::ask_gate() {
  const auto ended = stage_.gate({"status", "--json"});
  const auto status = nlohmann::json::parse(ended.output, nullptr, false);
  if (!status.is_object()) throw std::runtime_error("st-api-gate status does not answer: " + ended.output);
  const std::lock_guard lock(mutex_);
  note_status(status, situation_);
}

void GateWatch::note_problem(const std::string& problem) {
  const std::lock_guard lock(mutex_);
  if (situation_.problem == problem) return;
  situation_.problem = problem;
  if (!problem.empty()) story_.trouble(problem, Clock::now());
}

}  // namespace rediscovery::demo::live
