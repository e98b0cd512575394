#include "engine/turn.hpp"

#include <memory>
#include <utility>

namespace rediscovery::engine {

// `prepare` runs right before the loop waits. Whoever asks after it has run, from a handle of the
// application's that comes later, would be left to the end of that wait: `idle` keeps the loop from waiting.
struct Turn::Handles {
  uv_prepare_t prepare;
  uv_idle_t idle;
  std::function<void()> work;
  bool needed = false;
  bool owned = true;
  int closed = 0;

  void run() {
    while (owned && std::exchange(needed, false)) work();
    if (!owned || needed) return;
    uv_prepare_stop(&prepare);
    uv_idle_stop(&idle);
  }

  static void on_close(uv_handle_t* handle) {
    auto* handles = static_cast<Handles*>(handle->data);
    if (++handles->closed == 2) delete handles;
  }
};

Turn::Turn(uv_loop_t* loop, std::function<void()> work) : handles_(new Handles{}) {
  handles_->work = std::move(work);
  uv_prepare_init(loop, &handles_->prepare);
  uv_idle_init(loop, &handles_->idle);
  handles_->prepare.data = handles_->idle.data = handles_;
}

Turn::~Turn() {
  handles_->owned = false;
  uv_close(reinterpret_cast<uv_handle_t*>(&handles_->prepare), Handles::on_close);
  uv_close(reinterpret_cast<uv_handle_t*>(&handles_->idle), Handles::on_close);
}

void Turn::need() {
  if (std::exchange(handles_->needed, true)) return;
  uv_prepare_start(&handles_->prepare,
                   [](uv_prepare_t* prepare) { static_cast<Handles*>(prepare->data)->run(); });
  uv_idle_start(&handles_->idle, [](uv_idle_t*) {});
}

}  // namespace rediscovery::engine
