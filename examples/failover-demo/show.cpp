#include "show.hpp"

#include <cstdio>
#include <thread>

#include "observers.hpp"
#include "report.hpp"
#include "senders.hpp"
#include "stage.hpp"
#include "timeline.hpp"

namespace rediscovery::demo {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kBeforeFault{2};
constexpr milliseconds kLook{50};

std::string sending_text(const Options& options) {
  std::string text = "sending ";
  if (options.rate > 0) text += std::to_string(options.rate) + " requests ";
  if (options.rate > 0 && options.writer_rate > 0) text += "and ";
  if (options.writer_rate > 0) text += std::to_string(options.writer_rate) + " writes ";
  return text + "per second for " + std::to_string(options.duration.count()) + " seconds";
}

std::string progress_text(Clock::duration since_start, const Senders& senders) {
  char text[32];
  std::snprintf(text, sizeof text, "%5.1f s", std::chrono::duration<double>(since_start).count());
  return text + senders.progress();
}

// One run with the fault in it.
class Show {
 public:
  Show(const Options& options, const StopRequest& stop, Screen& screen)
      : options_(options), stop_(stop), screen_(screen), stage_(options, [&](const std::string& text) {
          // The servers are taken down by the destructors.
          if (stop.made()) throw std::runtime_error("interrupted");
          screen.line(text);
        }) {}

  std::optional<Figures> run() {
    screen_.line(sending_text(options_));
    Observers observers(stage_, moments_);
    Senders senders(options_, stage_, moments_);
    const auto start = Clock::now();
    while (!senders.finished()) {
      if (stop_.made()) return std::nullopt;
      const auto elapsed = Clock::now() - start;
      if (!fault_ && elapsed >= kBeforeFault) let_fault_happen(observers);
      if (elapsed >= options_.duration && ended_ == Clock::time_point{}) {
        ended_ = Clock::now();
        senders.stop_sending();
      }
      note_resumption(senders);
      show_moments();
      screen_.progress(progress_text(elapsed, senders));
      std::this_thread::sleep_for(kLook);
    }
    stage_.check();
    show_moments();
    return count_up(senders);
  }

 private:
  void let_fault_happen(Observers& observers) {
    fault_ = Clock::now();
    moments_.add({*fault_, What::fault, stage_.fault_text()});
    show_moments();
    stage_.let_fault_happen();
    if (is_by_hand(options_.scenario)) observers.note_name(stage_.chosen_master().ip());
  }

  void note_resumption(const Senders& senders) {
    const auto adopted = find(moments_.all(), What::adopted);
    if (!adopted || !fault_ || adopted->at < *fault_ || resumed_) return;
    if (const auto at = senders.first_answer_after(adopted->at)) {
      resumed_ = true;
      moments_.add({*at, What::write_resumed, "the first write is acknowledged by the new master"});
    }
  }

  void show_moments() {
    for (const auto& moment : moments_.take_new()) {
      screen_.moment(fault_ ? "+" + in_words(moment.at - *fault_) : "", moment);
    }
  }

  Figures count_up(const Senders& senders) {
    screen_.line("looking for every acknowledged write on the final master");
    const auto& final_master = stage_.final_master();
    Record record;
    record.scenario = options_.scenario;
    record.fault = *fault_;
    record.ended = ended_;
    senders.fill(record, final_master);
    record.moments = moments_.all();
    show_moments();
    if (!options_.logs.empty()) {
      write_timeline(stage_.cluster().folder() / "timeline.jsonl", record, senders.pool_events());
    }
    return compute(record);
  }

  const Options& options_;
  const StopRequest& stop_;
  Screen& screen_;
  Moments moments_;
  Stage stage_;
  std::optional<Clock::time_point> fault_;
  Clock::time_point ended_{};
  bool resumed_ = false;
};

}  // namespace

std::optional<Figures> show(const Options& options, const StopRequest& stop, Screen& screen) {
  try {
    return Show(options, stop, screen).run();
  } catch (const std::runtime_error&) {
    if (stop.made()) return std::nullopt;
    throw;
  }
}

}  // namespace rediscovery::demo
