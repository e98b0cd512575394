#include "live/hub.hpp"

namespace rediscovery::demo::live {
namespace {

constexpr std::size_t kTicks = 480;  // two minutes
constexpr std::size_t kHappenings = 200;
constexpr std::size_t kSummaries = 50;
// Half a minute of a busy demo: who has fetched nothing for so long is better served with the present.
constexpr std::size_t kMostWaiting = 256;

std::string to_event(const char* name, const Json& data) {
  return std::string("event: ") + name +
         "\ndata: " + data.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n\n";
}

Json to_array(const std::deque<Json>& all) { return Json(Json::array_t(all.begin(), all.end())); }

}  // namespace

std::shared_ptr<Hub> Hub::create(Hello hello) {
  std::shared_ptr<Hub> hub(new Hub(std::move(hello)));
  hub->self_ = hub;
  return hub;
}

void Hub::set_state(double t_ms, const Json& state) {
  const std::lock_guard lock(mutex_);
  if (state_ == state) return;
  state_ = state;
  timed_state_ = {{"t_ms", t_ms}};
  timed_state_.update(state);
  tell("state", timed_state_);
}

void Hub::set_gate(const Json& gate) {
  const std::lock_guard lock(mutex_);
  if (gate_ == gate) return;
  gate_ = gate;
  tell("gate", gate_);
}

void Hub::add_tick(const Json& tick) {
  const std::lock_guard lock(mutex_);
  keep(ticks_, tick, kTicks);
  tell("tick", tick);
}

void Hub::add_happening(const Json& happening) {
  const std::lock_guard lock(mutex_);
  keep(happenings_, happening, kHappenings);
  tell("happening", happening);
}

void Hub::add_summary(const Json& summary) {
  const std::lock_guard lock(mutex_);
  keep(summaries_, summary, kSummaries);
  tell("summary", summary);
}

void Hub::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

void Hub::keep(std::deque<Json>& kept, const Json& one, std::size_t most) {
  kept.push_back(one);
  if (kept.size() > most) kept.pop_front();
}

void Hub::tell(const char* event, const Json& data) {
  if (viewers_.empty()) return;
  const auto text = std::make_shared<const std::string>(to_event(event, data));
  for (Viewer* viewer : viewers_) {
    if (viewer->is_behind_) continue;  // will be told with the present
    viewer->new_.push_back(text);
    if (viewer->new_.size() <= kMostWaiting) continue;
    viewer->new_.clear();
    viewer->is_behind_ = true;
  }
  changed_.notify_all();
}

Json Hub::history() const {
  return {{"ticks", to_array(ticks_)},
          {"happenings", to_array(happenings_)},
          {"summaries", to_array(summaries_)}};
}

std::string Hub::introduction() const {
  return to_event("hello", hello_(state_)) + to_event("history", history()) +
         to_event("state", timed_state_) + (gate_.empty() ? "" : to_event("gate", gate_));
}

Json Hub::present() const {
  const std::lock_guard lock(mutex_);
  return {{"hello", hello_(state_)},
          {"state", timed_state_},
          {"gate", gate_},
          {"history", {{"ticks", to_array(ticks_)}, {"happenings", to_array(happenings_)}}},
          {"summaries", to_array(summaries_)}};
}

std::unique_ptr<Hub::Viewer> Hub::join() {
  const std::lock_guard lock(mutex_);
  if (closed_ || viewers_.size() >= kMostViewers) return nullptr;
  std::unique_ptr<Viewer> viewer(new Viewer(self_.lock()));
  viewers_.insert(viewer.get());
  return viewer;
}

Hub::Viewer::~Viewer() {
  const std::lock_guard lock(hub_->mutex_);
  hub_->viewers_.erase(this);
}

std::optional<std::string> Hub::Viewer::next(std::chrono::milliseconds patience) {
  std::unique_lock lock(hub_->mutex_);
  hub_->changed_.wait_for(lock, patience, [this] { return hub_->closed_ || is_behind_ || !new_.empty(); });
  if (hub_->closed_) return std::nullopt;
  if (is_behind_) {
    is_behind_ = false;
    return hub_->introduction();
  }
  std::string text;
  for (const auto& one : new_) text += *one;
  new_.clear();
  return text;
}

}  // namespace rediscovery::demo::live
