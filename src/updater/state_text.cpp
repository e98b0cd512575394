#include "updater/state_text.hpp"

#include <nlohmann/json.hpp>
#include <sstream>

#include "updater/plan_text.hpp"

namespace rediscovery::updater {
namespace {

std::string escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += c == '\n' ? ' ' : c;
  }
  return escaped;
}

double seconds(core::Duration span) { return std::chrono::duration<double>(span).count(); }

class Page {
 public:
  explicit Page(const Records& record) : records_(record) { out_.precision(15); }

  void head(std::string_view type, std::string_view name, std::string_view help) {
    out_ << "# HELP rediscovery_updater_" << name << ' ' << help << "\n# TYPE rediscovery_updater_" << name
         << ' ' << type << '\n';
  }
  // `labels` begins with a comma, or is empty.
  template <typename Value>
  void sample(std::string_view name, const std::string& master, const std::string& labels, Value value) {
    out_ << "rediscovery_updater_" << name << "{master=\"" << escape(master) << '"' << labels << "} " << value
         << '\n';
  }
  template <typename Samples>
  void family(std::string_view type, std::string_view name, std::string_view help, Samples samples) {
    head(type, name, help);
    for (const auto& [master, record] : records_) samples(master, record);
  }
  void start(double started) {
    head("gauge", "start_time_seconds", "When the process was started, in seconds since 1970.");
    out_ << "rediscovery_updater_start_time_seconds " << started << '\n';
  }
  void times(const std::string& master, const std::string& from, const SwitchTimes& times) {
    const std::string labels = ",from=\"" + from + '"';
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i < SwitchTimes::bounds.size(); ++i) {
      so_far += times.counts[i];
      std::ostringstream bound;
      bound << SwitchTimes::bounds[i];
      sample("visible_seconds_bucket", master, labels + ",le=\"" + bound.str() + '"', so_far);
    }
    so_far += times.counts.back();
    sample("visible_seconds_bucket", master, labels + R"(,le="+Inf")", so_far);
    sample("visible_seconds_sum", master, labels, times.sum);
    sample("visible_seconds_count", master, labels, so_far);
  }

  [[nodiscard]] std::string text() const { return out_.str(); }

 private:
  const Records& records_;
  std::ostringstream out_;
};

template <typename Use>
void each_time(const SwitchTimer& timer, Use use) {
  use("odown", timer.since_odown());
  use("promotion", timer.since_promotion());
  use("announcement", timer.since_announcement());
}

}  // namespace

std::string to_metrics(const Records& record, core::TimePoint now, double started) {
  Page page(record);
  page.start(started);
  page.family("gauge", "epoch", "The config-epoch the Sentinels agree on.",
              [&](const auto& master, const auto& f) {
                if (f.last && f.last->consensus.kind == sentinel::Consensus::Kind::agreed)
                  page.sample("epoch", master, "", f.last->consensus.epoch);
              });
  page.family("gauge", "master_info", "The master the Sentinels agree on.",
              [&](const auto& master, const auto& f) {
                if (f.last && f.last->consensus.kind == sentinel::Consensus::Kind::agreed)
                  page.sample("master_info", master,
                              ",address=\"" + escape(f.last->consensus.address.to_string()) + '"', 1);
              });
  page.family("gauge", "state", "The last verdict, and its cause.", [&](const auto& master, const auto& f) {
    if (!f.last) return;
    const std::string verdict = f.last->error ? "error" : std::string(to_string(f.last->plan.verdict));
    const std::string cause = f.last->error ? std::string(consul::to_string(f.last->error->kind))
                                            : std::string(to_string(f.last->plan.cause));
    page.sample("state", master, ",verdict=\"" + verdict + "\",cause=\"" + cause + '"', 1);
  });
  page.family("counter", "reconciles_total", "Turns, by their verdict; refused and conflict want a person.",
              [&](const auto& master, const auto& f) {
                for (const auto& [verdict, count] : f.reconciles)
                  page.sample("reconciles_total", master, ",verdict=\"" + verdict + '"', count);
              });
  page.family(
      "counter", "changes_total", "Transactions that Consul has confirmed.",
      [&](const auto& master, const auto& f) { page.sample("changes_total", master, "", f.changes); });
  page.family("counter", "consul_errors_total",
              "What Consul did not do; lost_race: another updater was first.",
              [&](const auto& master, const auto& f) {
                for (const auto& [kind, count] : f.errors)
                  page.sample("consul_errors_total", master,
                              ",kind=\"" + std::string(consul::to_string(kind)) + '"', count);
              });
  page.family("gauge", "sentinels", "Sentinels that were asked, and those that answered.",
              [&](const auto& master, const auto& f) {
                if (!f.last) return;
                page.sample("sentinels", master, R"(,state="known")", f.last->consensus.asked);
                page.sample("sentinels", master, R"(,state="readable")", f.last->consensus.readable);
              });
  page.family("gauge", "since_success_seconds", "Since Consul was last found, or made, as it should be.",
              [&](const auto& master, const auto& f) {
                if (f.good_at) page.sample("since_success_seconds", master, "", seconds(now - *f.good_at));
              });
  page.family(
      "histogram", "visible_seconds",
      "From +odown, the observed promotion, the announcement to Consul's DNS; of this updater's changes.",
      [&](const auto& master, const auto& f) {
        each_time(f.timer, [&](const char* from, const auto& times) { page.times(master, from, times); });
      });
  page.family("gauge", "last_visible_seconds",
              "The same of the last switch; negative: visible before it was announced.",
              [&](const auto& master, const auto& f) {
                each_time(f.timer, [&](const std::string& from, const auto& times) {
                  if (times.last)
                    page.sample("last_visible_seconds", master, ",from=\"" + from + '"', *times.last);
                });
              });
  return page.text();
}

nlohmann::json to_state(const Records& record, core::TimePoint now) {
  using nlohmann::json;
  json masters = json::object();
  for (const auto& [name, f] : record) {
    json& master = masters[name] = json::object();
    master["changes"] = f.changes;
    if (!f.trouble.empty()) {
      master["trouble"] = {{"text", f.trouble}, {"for_seconds", seconds(now - f.trouble_since)}};
    }
    if (f.good_at) master["since_success_seconds"] = seconds(now - *f.good_at);
    if (!f.last) continue;
    const auto& consensus = f.last->consensus;
    json replicas = json::array();
    for (const auto& replica : consensus.replicas) {
      replicas.push_back({{"address", replica.endpoint.to_string()},
                          {"state", std::string(sentinel::to_string(replica.state))}});
    }
    json members = json::array();
    for (const auto& member : consensus.members) {
      members.push_back({{"address", member.endpoint.to_string()}});
      if (!member.run_id.empty()) members.back()["run_id"] = member.run_id;
    }
    master["sentinels"] = {{"members", members},
                           {"asked", consensus.asked},
                           {"readable", consensus.readable},
                           {"agreeing", consensus.supporters},
                           {"quorum", consensus.quorum},
                           {"absent", consensus.absent},
                           {"replicas", replicas}};
    if (consensus.kind == sentinel::Consensus::Kind::agreed) {
      master["sentinels"]["epoch"] = consensus.epoch;
      master["sentinels"]["address"] = consensus.address.to_string();
    }
    master["plan"] = to_json(f.last->plan);
    json times = json::object();
    each_time(f.timer, [&](const char* from, const auto& t) {
      if (t.last) times[from] = *t.last;
    });
    master["last_visible_seconds"] = times;
  }
  return {{"masters", masters}};
}

}  // namespace rediscovery::updater
