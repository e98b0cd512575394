#include "show.hpp"

#include <algorithm>
#include <cstdio>
#include <thread>

#include "load.hpp"
#include "observers.hpp"
#include "report.hpp"
#include "stage.hpp"

namespace rediscovery::demo {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kBeforeFault{2};
constexpr milliseconds kLook{50};

std::string progress_text(Clock::duration since_start, const Load::Count& count) {
  char text[160];
  std::snprintf(text, sizeof text, "%5.1f s   %zu requests sent, %zu answered, %zu failed, %zu waiting",
                std::chrono::duration<double>(since_start).count(), count.sent, count.ok, count.failed,
                count.waiting());
  return text;
}

// Those among the acknowledged sessions that the final master does not have.
std::set<std::string> find_lost(testing::Node& master, const std::vector<Answer>& answers) {
  constexpr std::size_t kAtOnce = 500;
  auto redis = master.connect();
  std::set<std::string> lost;
  std::vector<std::string> asked;
  const auto ask = [&] {
    if (asked.empty()) return;
    std::vector<std::string> command{"MGET"};
    for (const auto& session : asked) command.push_back("session:" + session);
    const auto found = redis.command(command);
    if (found.elements.size() != asked.size()) throw std::runtime_error("MGET: " + found.to_string());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      if (found.elements[i].is_nil()) lost.insert(asked[i]);
    }
    asked.clear();
  };
  for (const auto& answer : answers) {
    if (answer.ok()) asked.push_back(answer.session);
    if (asked.size() == kAtOnce) ask();
  }
  ask();
  return lost;
}

// One run of the requests with the fault in it.
class Show {
 public:
  Show(const Options& options, const StopRequest& stop, Screen& screen)
      : options_(options), stop_(stop), screen_(screen), stage_(options, [&](const std::string& text) {
          // The servers are taken down by the destructors.
          if (stop.made()) throw std::runtime_error("interrupted");
          screen.line(text);
        }) {}

  std::optional<Figures> run() {
    screen_.line("sending " + std::to_string(options_.rate) + " requests per second for " +
                 std::to_string(options_.duration.count()) + " seconds");
    const Observers observers(stage_, moments_);
    Load load(stage_.load_settings());
    const auto start = Clock::now();
    while (!load.finished()) {
      if (stop_.made()) return std::nullopt;
      const auto elapsed = Clock::now() - start;
      if (!fault_ && elapsed >= kBeforeFault) let_fault_happen();
      if (elapsed >= options_.duration && ended_ == Clock::time_point{}) {
        ended_ = Clock::now();
        load.stop_sending();
      }
      note_resumption(load);
      show_moments();
      screen_.progress(progress_text(elapsed, load.count()));
      std::this_thread::sleep_for(kLook);
    }
    stage_.check();
    show_moments();
    return count_up(load.answers());
  }

 private:
  void let_fault_happen() {
    fault_ = Clock::now();
    moments_.add({*fault_, What::fault, stage_.fault_text()});
    show_moments();
    stage_.let_fault_happen();
  }

  void note_resumption(const Load& load) {
    const auto adopted = find(moments_.all(), What::adopted);
    if (!adopted || !fault_ || adopted->at < *fault_ || resumed_) return;
    if (const auto at = load.first_ok_after(adopted->at)) {
      resumed_ = true;
      moments_.add({*at, What::write_resumed, "the first write is acknowledged by the new master"});
    }
  }

  void show_moments() {
    for (const auto& moment : moments_.take_new()) {
      screen_.moment(fault_ ? "+" + in_words(moment.at - *fault_) : "", moment);
    }
  }

  Figures count_up(std::vector<Answer> answers) {
    screen_.line("looking for every acknowledged write on the final master");
    auto& final_master = stage_.final_master();
    Record record{options_.scenario, *fault_, ended_, moments_.all(), std::move(answers), {}};
    record.lost = find_lost(final_master, record.answers);
    show_moments();
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
