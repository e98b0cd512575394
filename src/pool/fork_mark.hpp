// Tells whether this process is a fork of the one that made the object.
#pragma once

#include <sys/types.h>

namespace rediscovery {

// A child has none of its parent's threads, and a copy of whatever lock they held; it shares the sockets and
// the loop's epoll descriptor with its parent. So nothing of a pool may be touched there, not even to tidy
// up, and the question has to be asked before each call. It costs a load: the mark is on a page of its own
// that the kernel wipes in children (MADV_WIPEONFORK, madvise(2), Linux 4.14). Where that is refused, it
// costs getpid().
class ForkMark {
 public:
  ForkMark();
  ~ForkMark();
  ForkMark(const ForkMark&) = delete;
  ForkMark& operator=(const ForkMark&) = delete;

  // From any thread.
  [[nodiscard]] bool is_forked() const noexcept;

 private:
  volatile bool* mark_ = nullptr;  // null: not supported
  pid_t process_;
};

}  // namespace rediscovery
