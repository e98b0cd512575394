#include "engine/turn.hpp"

#include <memory>
#include <utility>

namespace rediscovery::engine {

// `prepare` runs right before the loop waits, `check` right after. Whoever asks when it has run, from a
// handle of the application's that comes later, would be left to the end of that wait: `idle` keeps the loop
// from waiting.
struct Turn::Handles {
  When when;
  uv_prepare_t prepare;
  uv_check_t check;
  uv_idle_t idle;
  std::function<void()> work;
  bool needed = false;
  bool owned = true;
  int closed = 0;

  void start() {
    if (when == When::before_waiting) {
      uv_prepare_start(&prepare, [](uv_prepare_t* handle) { static_cast<Handles*>(handle->data)->run(); });
    } else {
      uv_check_start(&check, [](uv_check_t* handle) { static_cast<Handles*>(handle->data)->run(); });
    }
    uv_idle_start(&idle, [](uv_idle_t*) {});
  }

  void run() {
    if (std::exchange(needed, false)) work();
    if (!owned || needed) return;  // again in the next turn, which does not wait
    uv_prepare_stop(&prepare);
    uv_check_stop(&check);
    uv_idle_stop(&idle);
  }

  void close() {
    const auto on_close = [](uv_handle_t* handle) {
      auto* handles = static_cast<Handles*>(handle->data);
      if (++handles->closed == 3) delete handles;
    };
    uv_close(reinterpret_cast<uv_handle_t*>(&prepare), on_close);
    uv_close(reinterpret_cast<uv_handle_t*>(&check), on_close);
    uv_close(reinterpret_cast<uv_handle_t*>(&idle), on_close);
  }
};

Turn::Turn(uv_loop_t* loop, std::function<void()> work, When when) : handles_(new Handles{}) {
  handles_->when = when;
  handles_->work = std::move(work);
  uv_prepare_init(loop, &handles_->prepare);
  uv_check_init(loop, &handles_->check);
  uv_idle_init(loop, &handles_->idle);
  handles_->prepare.data = handles_->check.data = handles_->idle.data = handles_;
}

Turn::~Turn() {
  handles_->owned = false;
  handles_->close();
}

void Turn::need() {
  if (!std::exchange(handles_->needed, true)) handles_->start();
}

}  // namespace rediscovery::engine
