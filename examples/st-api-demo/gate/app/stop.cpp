#include "stop.hpp"

#include <csignal>

namespace st_gate {
namespace {

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

Stop::Stop() {
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // a server that closes its connection is no reason to end
  thread_ = std::thread([this] { listen(); });
}

Stop::~Stop() {
  // The thread waits for a signal, so it gets one.
  pthread_kill(thread_.native_handle(), SIGTERM);
  thread_.join();
}

void Stop::listen() {
  const sigset_t signals = stop_signals();
  int signal = 0;
  sigwait(&signals, &signal);
  std::function<void()> callback;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    callback = std::move(callback_);
  }
  changed_.notify_all();
  if (callback) callback();
}

bool Stop::stopped() {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

void Stop::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

bool Stop::wait_until(std::chrono::system_clock::time_point time) {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, time, [this] { return stopped_ || woken_; });
  woken_ = false;
  return !stopped_;
}

void Stop::on_stop(std::function<void()> callback) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopped_) {
      callback_ = std::move(callback);
      return;
    }
  }
  callback();
}

}  // namespace st_gate
