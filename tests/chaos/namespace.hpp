// A network namespace of our own, in which packets between two addresses can be made to vanish, silently, as
// a broken switch does it: connections stay open, and new ones get no answer.
//
// By policy routing, with what every kernel has: a rule for the pair leads to a tun device that nobody reads.
// All servers have loopback addresses of their own; clients are 127.0.0.1.
#pragma once

#include <string>

namespace rediscovery::chaos {

class Namespace {
 public:
  // Of this thread and those that it starts: call it first. Without the right to it, what is asked for here
  // is not available, and why_not() says why; the rest of the program can do without.
  Namespace();
  [[nodiscard]] bool available() const { return why_not_.empty(); }
  [[nodiscard]] const std::string& why_not() const { return why_not_; }

  // Nothing gets from one to the other, in both directions; networks as "127.64.1.0/24".
  void cut(const std::string& one, const std::string& other);
  void heal(const std::string& one, const std::string& other);

 private:
  std::string why_not_;
};

}  // namespace rediscovery::chaos
