#include "live/gate_director.hpp"

#include <array>
#include <stdexcept>
#include <utility>

namespace rediscovery::demo::live {
namespace {

constexpr std::chrono::milliseconds kBetween{50};
constexpr std::array kPhases{"off", "starting", "running", "failed"};

}  // namespace

GateDirector::GateDirector(Programs programs, std::filesystem::path logs, const StopRequest& stop, Hub& hub,
                           Clock::time_point start)
    : programs_(std::move(programs)),
      logs_(std::move(logs)),
      stop_(stop),
      hub_(hub),
      start_(start),
      next_(start) {
  tell();
}

GateDirector::~GateDirector() {
  if (starter_.joinable()) starter_.join();
  watch_.reset();
  if (stage_ && !logs_.empty()) stage_->keep_logs(logs_ / "gate");
}

std::string GateDirector::why_not_start() const {
  if (programs_.gate.empty()) return "the demo does not know where st-api-gate is: --gate-program names it";
  if (phase_ == Phase::starting) return "they are being started";
  return phase_ == Phase::running ? "they have been started already" : "";
}

Press GateDirector::press(const std::string& name) {
  auto result = name == "start" ? start() : carry_out(name);
  // Who asks next is to find it done.
  if (result.status == 202) tell();
  return result;
}

Press GateDirector::start() {
  const std::lock_guard lock(mutex_);
  if (const auto why = why_not_start(); !why.empty()) return {409, "not_now", why};
  phase_ = Phase::starting;
  problem_.clear();
  // The one before has ended.
  starter_ = std::jthread([this] { start_parts(); });
  return {};
}

void GateDirector::start_parts() {
  std::unique_ptr<GateStage> stage;
  std::unique_ptr<GateWatch> watch;
  std::string problem;
  try {
    stage = std::make_unique<GateStage>(programs_, stop_);
    stage->start_st_api();
    stage->start_gate(GateStage::quick_rules());
    watch = std::make_unique<GateWatch>(*stage, start_);
  } catch (const std::exception& trouble) {
    problem = trouble.what();
    stage.reset();
  }
  const std::lock_guard lock(mutex_);
  stage_ = std::move(stage);
  watch_ = std::move(watch);
  problem_ = problem;
  phase_ = watch_ ? Phase::running : Phase::failed;
}

Press GateDirector::carry_out(const std::string& name) {
  const std::lock_guard one_hand(acting_);
  {
    const std::lock_guard lock(mutex_);
    if (phase_ != Phase::running)
      return {409, "not_now", "st-api and the gate have not been started: press \"start\""};
  }
  const auto situation = watch_->now();
  auto order = find_gate_order(name, situation);
  if (!order) {
    return {404, "unknown",
            "there is no such button; there are start, and take-redis, give-redis, admit and exclude, each "
            "also with "
            "/NODE"};
  }
  if (const auto why = why_not(*order, situation); !why.empty()) return {409, "not_now", why};
  order->nodes = concerned(*order, situation);
  try {
    return act(*order);
  } catch (const std::exception& problem) {
    return {409, "failed", problem.what()};
  }
}

Press GateDirector::act(const GateOrder& order) {
  watch_->acted(order);
  std::vector<std::string> command{std::string(name_of(order.act))};
  for (const std::size_t node : order.nodes) {
    if (order.act == GateAct::take_redis) stage_->take_redis(node);
    if (order.act == GateAct::give_redis) stage_->give_redis(node);
    command.push_back(GateStage::id(node));
  }
  if (order.act == GateAct::exclude) command.insert(command.end(), {"--reason", "by hand, on the page"});
  if (order.act == GateAct::admit || order.act == GateAct::exclude) {
    const auto ended = stage_->gate(command);
    if (ended.code != 0) return {409, "failed", "st-api-gate: " + ended.output};
  }
  watch_->ask_soon();
  return {};
}

void GateDirector::step() {
  const auto now = Clock::now();
  if (now < next_) return;
  next_ = now + kBetween;
  tell();
}

// Any thread.
void GateDirector::tell() {
  nlohmann::ordered_json json;
  {
    const std::lock_guard lock(mutex_);
    json = {{"phase", kPhases.at(static_cast<std::size_t>(phase_))}, {"name", GateStage::kName}};
    if (watch_) {
      json["server"] = stage_->dns().endpoint();
      json.update(watch_->to_json());
    } else {
      json["problem"] = problem_;
    }
    const auto why = why_not_start();
    json["orders"]["start"] = {{"enabled", why.empty()}};
    if (!why.empty()) json["orders"]["start"]["why"] = why;
  }
  hub_.set_gate(json);
}

}  // namespace rediscovery::demo::live
