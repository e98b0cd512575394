// One pass: read everything afresh, decide, write. Behind every command that looks at the answer.
#pragma once

#include <functional>
#include <memory>

#include "backends/backend.hpp"
#include "consul/consul.hpp"
#include "core/decide.hpp"

namespace st_gate {

struct GateSettings {
  std::string service;
  std::string kv_prefix;  // with a slash at its end
  std::string author;     // in the audit lines: which gate on which host
  Rules rules;
};

// What one pass came to.
struct Pass {
  Plan plan;              // what was decided last; its changes are done, unless there is a problem
  std::size_t done = 0;   // changes that were written
  std::string problem;    // why it is to be tried again; empty: there is none
  bool hopeless = false;  // and that trying again will not help by itself
  bool more = false;      // changes that did not fit into one request
  bool paused = false;    // nothing was tried, because the last update has failed
  std::optional<Time> wake;
};

class Gate {
 public:
  using Clock = std::function<Time()>;
  Gate(GateSettings settings, ConsulClient& consul, Backend& backend, Clock clock);

  struct Reading {
    World world;
    std::optional<Memory> memory;
    std::uint64_t memory_index = 0;
    std::vector<std::string> findings;
  };
  // Throws ConsulError or BackendError.
  [[nodiscard]] Reading read();
  [[nodiscard]] Decision decide(const Reading& reading) const;
  // Never throws because of a server.
  [[nodiscard]] Pass pass();

 private:
  [[nodiscard]] std::string memory_key() const { return settings_.kv_prefix + "memory"; }
  // One try; false: somebody else was quicker, and everything is to be read again.
  bool try_pass(Pass& pass);
  bool write(Pass& pass, const Reading& reading, const Memory& claimed);
  void change_pace(const std::function<PaceState(PaceState)>& change);
  void check_answer(const Plan& plan, Pass& pass);
  void audit(const Plan& plan, const World& world) const;

  GateSettings settings_;
  ConsulClient& consul_;
  Backend& backend_;
  Clock clock_;
};

}  // namespace st_gate
