// What pools count, in Prometheus' text format.
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
#include <locale>
#include <sstream>
#include <string_view>

#include <rediscovery/stats.hpp>

namespace rediscovery {
namespace {

using Pools = std::map<std::string, Stats>;

std::string escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\' || c == '"') escaped += '\\';
    if (c == '\n') {
      escaped += "\\n";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string in_seconds(std::chrono::microseconds duration) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  out.precision(15);
  out << static_cast<double>(duration.count()) / 1e6;
  return out.str();
}

class Page {
 public:
  // Whatever the application's locale is: the format knows no separators of thousands.
  explicit Page(const Pools& pools) : pools_(pools) { out_.imbue(std::locale::classic()); }

  template <typename Value>
  void family(std::string_view type, std::string_view name, std::string_view help, Value value) {
    head(type, name, help);
    for (const auto& [pool, stats] : pools_) sample(name, pool, "", value(stats));
  }
  void gauge(std::string_view name, std::string_view help, std::size_t Stats::*value) {
    family("gauge", name, help, [&](const Stats& stats) { return stats.*value; });
  }
  void counter(std::string_view name, std::string_view help, std::uint64_t Stats::*value) {
    family("counter", name, help, [&](const Stats& stats) { return stats.*value; });
  }

  void connections() {
    constexpr std::string_view kName = "rediscovery_connections";
    head("gauge", kName, "Connections to the current master, by what they are used for.");
    for (const auto& [pool, stats] : pools_) {
      sample(kName, pool, R"(,state="idle")", stats.idle);
      sample(kName, pool, R"(,state="in_use")", stats.in_use);
      sample(kName, pool, R"(,state="connecting")", stats.connecting);
    }
  }
  void master() {
    constexpr std::string_view kName = "rediscovery_master_info";
    head("gauge", kName, "The adopted master. No sample: there is none yet.");
    for (const auto& [pool, stats] : pools_) {
      if (!stats.master.empty()) sample(kName, pool, ",endpoint=\"" + escape(stats.master) + '"', 1);
    }
  }
  void histogram(const std::string& name, std::string_view help, Histogram Stats::*value) {
    head("histogram", name, help);
    for (const auto& [pool, stats] : pools_) {
      const Histogram& histogram = stats.*value;
      std::uint64_t up_to_here = 0;
      for (std::size_t i = 0; i < Histogram::bounds.size(); ++i) {
        up_to_here += histogram.counts[i];
        sample(name + "_bucket", pool, ",le=\"" + in_seconds(Histogram::bounds[i]) + '"', up_to_here);
      }
      sample(name + "_bucket", pool, R"(,le="+Inf")", histogram.count());
      sample(name + "_sum", pool, "", in_seconds(histogram.sum));
      sample(name + "_count", pool, "", histogram.count());
    }
  }

  [[nodiscard]] std::string text() const { return out_.str(); }

 private:
  void head(std::string_view type, std::string_view name, std::string_view help) {
    out_ << "# HELP " << name << ' ' << help << "\n# TYPE " << name << ' ' << type << '\n';
  }
  template <typename Value>
  void sample(std::string_view name, std::string_view pool, std::string_view labels, const Value& value) {
    out_ << name << "{pool=\"" << escape(pool) << '"' << labels << "} " << value << '\n';
  }

  const Pools& pools_;
  std::ostringstream out_;
};

}  // namespace

std::string Stats::to_prometheus(const Pools& pools) {
  Page page(pools);
  page.family("gauge", "rediscovery_generation", "The generation in force; 0: no master yet.",
              [](const Stats& stats) { return stats.generation; });
  page.master();
  page.family("gauge", "rediscovery_suspect", "1 while evidence against the master is being looked into.",
              [](const Stats& stats) { return stats.suspect ? 1 : 0; });
  page.connections();
  page.gauge("rediscovery_waiting_callers", "Callers waiting for a connection.", &Stats::waiting);
  page.gauge("rediscovery_commands_in_flight", "Commands that an AsyncClient has sent and has no answer to.",
             &Stats::in_flight);
  page.counter("rediscovery_commands_total", "Calls that ended with a reply or a server's error.",
               &Stats::commands);
  page.counter("rediscovery_commands_failed_total", "Calls that ended with any other error.", &Stats::failed);
  page.counter("rediscovery_commands_in_doubt_total",
               "Calls that failed, and the server may have run the command.", &Stats::in_doubt);
  page.counter("rediscovery_retries_total", "Attempts beyond the first.", &Stats::retries);
  page.counter("rediscovery_lookups_total", "DNS look-ups started.", &Stats::lookups);
  page.counter("rediscovery_lookups_failed_total", "DNS look-ups without a usable answer.",
               &Stats::lookups_failed);
  page.counter("rediscovery_connects_total", "Connects started.", &Stats::connects);
  page.counter("rediscovery_connects_failed_total", "Connects that came to nothing.",
               &Stats::connects_failed);
  page.counter("rediscovery_suspicions_total", "Times the master was doubted and asked again.",
               &Stats::suspicions);
  page.counter("rediscovery_adoptions_total", "Masters adopted.", &Stats::adoptions);
  page.counter("rediscovery_refusals_total", "Candidates that were not the master.", &Stats::refusals);
  page.histogram("rediscovery_execute_seconds", "Calls of execute(), from the call to its result.",
                 &Stats::execute);
  page.histogram("rediscovery_wait_seconds", "Waits for a connection, where none was free at once.",
                 &Stats::wait);
  page.histogram("rediscovery_lookup_seconds", "DNS look-ups.", &Stats::lookup);
  page.histogram("rediscovery_connect_seconds", "TCP connect and handshake, where both succeeded.",
                 &Stats::connect);
  page.histogram("rediscovery_adoption_seconds",
                 "From the first sign of a change to the new master's adoption.", &Stats::adoption);
  page.histogram("rediscovery_confirmation_seconds", "From suspicion to the master's confirmation.",
                 &Stats::confirmation);
  return page.text();
}

}  // namespace rediscovery
