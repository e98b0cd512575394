// Consul as the pools see it: a catalog, DNS that shows it late, a push that may come, and all that goes
// wrong.
#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "core/resolve_fsm.hpp"
#include "engine/discovery.hpp"
#include "sim/cluster.hpp"

namespace rediscovery::sim {

// What one answer may be instead of the truth.
enum class Lie : std::uint8_t { none, nxdomain, servfail, time_out, late, stale, wrong };
[[nodiscard]] std::string_view to_string(Lie lie);

class Names {
 public:
  using Endpoints = std::vector<core::Endpoint>;
  using OnAnswer = std::function<void(const core::LookupResult&)>;
  using OnPush = std::function<void(const Endpoints& masters)>;

  Names(Context& context, const NamesSettings& settings, Endpoints masters, Endpoints replicas);

  // The updater's transaction.
  void publish(Endpoints masters, Endpoints replicas);
  // A change of the catalog only shows after a while; this is whether all has been shown.
  [[nodiscard]] bool is_current() const { return versions_.size() == 1; }
  [[nodiscard]] const Endpoints& masters() const { return versions_.back().masters; }
  [[nodiscard]] const Endpoints& replicas() const { return versions_.back().replicas; }

  void look_up(engine::Name name, OnAnswer done);
  // Called for each change of the master's name, when DNS may not show it yet.
  void on_change(OnPush handler) { on_change_.push_back(std::move(handler)); }

  // Until then, this share of the answers is a lie of this kind. `wrong` says what instead of the truth.
  void trouble(Lie lie, unsigned percent, TimePoint until, Endpoints wrong = {});
  void come_to_its_senses() { lie_until_ = TimePoint{}; }

 private:
  struct Version {
    TimePoint visible_at;
    Endpoints masters, replicas;
  };

  [[nodiscard]] const Version& visible();
  [[nodiscard]] Lie next_lie();

  Context& context_;
  const NamesSettings settings_;
  std::deque<Version> versions_;  // the visible one first, those that will be behind it
  Version before_;                // what was visible before that
  std::vector<OnPush> on_change_;
  Lie lie_ = Lie::none;
  unsigned lie_percent_ = 0;
  TimePoint lie_until_{};
  Endpoints wrong_;
};

}  // namespace rediscovery::sim
