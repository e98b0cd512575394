#pragma once

#include <string>

#include "support/file_descriptor.hpp"

namespace rediscovery::testing {

/// A block of loopback addresses, 127.A.B.1 to 127.A.B.254, that no other cluster on this machine uses as
/// long as this object lives. Throws std::runtime_error when no block is free.
///
/// The lock is a bound abstract unix socket: it vanishes with the last process that holds it, also after a
/// SIGKILL, and leaves no file. The keeper inherits it, so that a block is not used again while its servers
/// still die.
class AddressBlock {
 public:
  AddressBlock();

  /// "127.A.B.<host>", host in 1…254.
  [[nodiscard]] std::string ip(int host) const;
  /// Another address of the block at each call, from .41 on; for test servers.
  [[nodiscard]] std::string next_free_ip();
  /// "A-B", to tell clusters apart in names and messages.
  [[nodiscard]] std::string id() const;
  [[nodiscard]] int lock_fd() const { return lock_.get(); }

 private:
  int a_ = 0;
  int b_ = 0;
  int next_free_ = 41;
  FileDescriptor lock_;
};

}  // namespace rediscovery::testing
