#include "sim/sentinel.hpp"

namespace rediscovery::sim {
namespace {

constexpr Duration kWatchInterval = 50ms;

}  // namespace

Sentinel::Sentinel(Context& context, const SentinelSettings& settings, const NamesSettings& names_settings,
                   Cluster& cluster, Names& names)
    : context_(context),
      settings_(settings),
      names_settings_(names_settings),
      cluster_(cluster),
      names_(names) {}

void Sentinel::watch() {
  const TimePoint now = context_.now();
  const Node& master = cluster_.node(master_);
  // A master that says it is a replica (of itself told so by nobody here) is as good as down.
  if (master.answers() && master.role == core::Role::master) {
    down_since_.reset();
  } else if (!down_since_) {
    down_since_ = now;
  } else if (now - *down_since_ >= settings_.down_after && !is_failing_over_) {
    begin(false);
  }
  for (NodeIndex i = 0; i < cluster_.size(); ++i) put_right(i);
  context_.scheduler.after(kWatchInterval, [this] { watch(); });
}

void Sentinel::put_right(NodeIndex index) {
  const Node& node = cluster_.node(index);
  const bool is_wrong = node.answers() && index != master_ && index != target_ && node.master != master_;
  if (!is_wrong) {
    wrong_since_.erase(index);
    return;
  }
  const TimePoint since = wrong_since_.emplace(index, context_.now()).first->second;
  // Sentinel converts nobody while the master is not there to be obeyed.
  const Node& master = cluster_.node(master_);
  const bool master_is_sane = master.answers() && master.role == core::Role::master;
  if (context_.now() - since < settings_.convert_after || !master_is_sane) return;
  cluster_.obey(index, master_, true);
}

std::optional<NodeIndex> Sentinel::best_replica() const {
  std::optional<NodeIndex> best;
  for (NodeIndex i = 0; i < cluster_.size(); ++i) {
    const Node& node = cluster_.node(i);
    if (i == master_ || !node.answers() || node.loading_until > context_.now()) continue;
    if (!best) {
      best = i;
      continue;
    }
    // Its own replicas first, and of these whoever has got furthest.
    const auto rank = [&](const Node& each) { return std::pair(each.master == master_, each.log.size()); };
    if (rank(node) > rank(cluster_.node(*best))) best = i;
  }
  return best;
}

void Sentinel::begin(bool half_way) {
  if (is_failing_over_) return;
  is_failing_over_ = true;
  context_.scheduler.after(context_.between(settings_.election_low, settings_.election_high),
                           [this, half_way] {
                             const auto target = best_replica();
                             if (!target) {
                               is_failing_over_ = false;
                               return;
                             }
                             cluster_.promote(*target, true);
                             promoted(*target, half_way);
                           });
}

void Sentinel::promoted(NodeIndex target, bool half_way) {
  if (half_way) {
    is_failing_over_ = false;
    context_.note("half-way", target, [] { return "the failover is given up after the promotion"; });
    return;
  }
  target_ = target;
  if (names_settings_.updater_observes) {
    context_.scheduler.after(context_.between(1ms, 5ms), [this, target] { announce(target); });
  }
  const Duration noticed = context_.between(settings_.reconfigure_low, settings_.reconfigure_high);
  context_.scheduler.after(noticed, [this, target] {
    is_failing_over_ = false;
    target_.reset();
    const Node& node = cluster_.node(target);
    if (node.answers() && node.role == core::Role::master) {
      reconfigure(target);
    } else if (names_settings_.updater_observes) {
      announce(master_);  // it died meanwhile, so the switch is off
    }
  });
}

void Sentinel::reconfigure(NodeIndex target) {
  master_ = target;
  down_since_.reset();
  context_.note("+switch", target, [&] { return cluster_.node(target).endpoint.to_string(); });
  announce(target);
  for (NodeIndex i = 0; i < cluster_.size(); ++i) {
    if (i == target) continue;
    context_.scheduler.after(context_.between(0ms, 100ms), [this, i, target] {
      if (cluster_.node(i).answers() && master_ == target) cluster_.obey(i, target, true);
    });
  }
}

void Sentinel::announce(NodeIndex master) {
  Names::Endpoints replicas;
  for (NodeIndex i = 0; i < cluster_.size(); ++i) {
    const Node& node = cluster_.node(i);
    if (i == master || (!names_settings_.lists_dead_replicas && !node.answers())) continue;
    if (!context_.chance(names_settings_.leaves_out_percent)) replicas.push_back(node.endpoint);
  }
  names_.publish({cluster_.node(master).endpoint}, std::move(replicas));
}

bool Sentinel::is_content() const {
  if (is_failing_over_ || !names_.is_current()) return false;
  for (NodeIndex i = 0; i < cluster_.size(); ++i) {
    const Node& node = cluster_.node(i);
    if (!node.answers() || node.loading_until > context_.now()) return false;
    if (i == master_ ? node.role != core::Role::master : node.master != master_ || !node.link_up)
      return false;
  }
  return names_.masters() == Names::Endpoints{cluster_.node(master_).endpoint};
}

}  // namespace rediscovery::sim
