// The language in which MasterFsm's tests are written.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "core/master_fsm.hpp"
#include "unit/core/script.hpp"

namespace rediscovery::core {

using MasterDid = Script<MasterFsm::Action>;

// A master with this history, promoted out of `previous`; `run` tells one start of the process from another.
inline NodeReport master_of(std::string id, std::string previous = "", std::string run = "run-1") {
  NodeReport report;
  report.role = Role::master;
  report.run_id = std::move(run);
  report.lineage = {std::move(id), std::move(previous), -1};
  return report;
}

inline NodeReport replica_of(const Endpoint& master) {
  NodeReport report;
  report.role = Role::replica;
  report.master = master;
  return report;
}

class MasterScript : public ::testing::Test {
 protected:
  using State = MasterFsm::State;
  using Verify = MasterFsm::Verify;
  using Suspect = MasterFsm::Suspect;
  using Confirm = MasterFsm::Confirm;
  using Adopt = MasterFsm::Adopt;
  using Refuse = MasterFsm::Refuse;
  using ReportFailed = MasterFsm::ReportFailed;

  // ---- what happens -------------------------------------------------------------------------------
  MasterDid on(const MasterFsm::Event& event) { return {fsm_.on(event, now_, rng_)}; }
  MasterDid dns(std::vector<Endpoint> endpoints) { return on(MasterFsm::Offered{std::move(endpoints)}); }
  MasterDid verified(const Endpoint& endpoint, const NodeReport& report) {
    return on(MasterFsm::Verified{endpoint, report});
  }
  // The same on a connection that follows the cut of the one before.
  MasterDid verified_after_cut(const Endpoint& endpoint, const NodeReport& report) {
    return on(MasterFsm::Verified{endpoint, report, /*cut_us=*/true});
  }
  MasterDid push(std::vector<Endpoint> endpoints) {
    return on(MasterFsm::Offered{std::move(endpoints), MasterFsm::Source::push});
  }
  MasterDid failed(const Endpoint& endpoint, bool refused_user = false) {
    return on(MasterFsm::Failed{endpoint, "refused", refused_user});
  }
  MasterDid evidence(EvidenceKind kind) { return evidence(fsm_.generation(), kind); }
  MasterDid evidence(std::uint64_t generation, EvidenceKind kind) {
    return on(MasterFsm::Evidence{generation, kind, "why"});
  }
  MasterDid tick() { return on(MasterFsm::Tick{}); }
  MasterDid tick_at_deadline() {
    now_ = fsm_.next_deadline().value();
    return tick();
  }
  void pass(Duration time) { now_ += time; }

  void configure(Promotion promotion) {
    MasterPolicy policy;
    policy.promotion = promotion;
    fsm_ = MasterFsm(policy, now_);
  }

  // ---- how it gets there --------------------------------------------------------------------------
  void follow(const Endpoint& endpoint, const NodeReport& report) {
    dns({endpoint});
    verified(endpoint, report);
    ASSERT_EQ(state(), State::following);
    ASSERT_EQ(fsm_.master(), endpoint);
  }

  // ---- how it stands ------------------------------------------------------------------------------
  State state() const { return fsm_.state(); }
  Duration pause() const { return fsm_.next_deadline().value() - now_; }

  const Endpoint a_{"10.0.0.1", 6379, ""};
  const Endpoint b_{"10.0.0.2", 6379, ""};
  const Endpoint c_{"10.0.0.3", 6379, ""};
  const NodeReport master_a_ = master_of("aaaa");
  const NodeReport master_b_ = master_of("bbbb", "aaaa");  // promoted out of a
  const NodeReport stranger_ = master_of("xxxx");
  const MasterDid nothing_{};

  TimePoint now_ = TimePoint{} + std::chrono::hours(1);
  Rng rng_{1};
  MasterFsm fsm_{MasterPolicy{}, now_};
};

}  // namespace rediscovery::core
