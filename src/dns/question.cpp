#include "dns/question.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace rediscovery::dns {
namespace {

// Closing handles takes a turn of the loop, also when something throws.
class Loop {
 public:
  Loop() {
    if (uv_loop_init(&loop_) != 0) throw std::runtime_error("no event loop for a DNS question");
  }
  ~Loop() {
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  [[nodiscard]] uv_loop_t* get() { return &loop_; }

 private:
  uv_loop_t loop_{};
};

}  // namespace

core::LookupResult ask(const ResolverOptions& options, const std::string& name, core::TimePoint deadline) {
  using std::chrono::milliseconds;
  Loop loop;
  std::optional<core::LookupResult> result;
  Resolver resolver(loop.get(), options);
  resolver.lookup(name, [&result](core::LookupResult answer) { result = std::move(answer); });

  uv_timer_t timer;
  uv_timer_init(loop.get(), &timer);
  const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
  bool late = false;
  timer.data = &late;
  const auto span = static_cast<std::uint64_t>(std::max<long long>(left.count(), 0));
  uv_timer_start(
      &timer, [](uv_timer_t* handle) { *static_cast<bool*>(handle->data) = true; }, span, 0);
  while (!result && !late) uv_run(loop.get(), UV_RUN_ONCE);
  uv_close(reinterpret_cast<uv_handle_t*>(&timer), nullptr);
  uv_run(loop.get(), UV_RUN_NOWAIT);  // the timer's memory ends before the loop's

  if (result) return *std::move(result);
  return {{}, {}, "no answer for " + name + " in time"};
}

}  // namespace rediscovery::dns
