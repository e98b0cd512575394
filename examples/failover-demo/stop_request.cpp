#include "stop_request.hpp"

#include <unistd.h>

#include <csignal>
#include <thread>

namespace rediscovery::demo {

StopRequest::StopRequest() {
  static std::atomic<bool> made = false;
  made_ = &made;
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, number);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread([signals] {
    int number = 0;
    sigwait(&signals, &number);
    made = true;
    sigwait(&signals, &number);
    _exit(130);
  }).detach();
}

}  // namespace rediscovery::demo
