#include "show.hpp"

#include <algorithm>
#include <cstdio>
#include <thread>

namespace rediscovery::demo {
namespace {

using Clock = std::chrono::steady_clock;

class Show {
 public:
  Show(GateStage& stage, Screen& screen) : stage_(stage), screen_(screen) {}

  std::vector<Step> run() {
    begin();
    one_fails();
    all_fail();
    return std::move(steps_);
  }

 private:
  void tell_answer() {
    std::string text = "        the DNS server answers:";
    for (const auto& address : stage_.answer()) text += " " + address;
    screen_.line(text + (stage_.answer().empty() ? " nothing" : ""));
  }

  // Done when `done` is; how long that took is a part of the summary.
  void step(const std::string& what, const std::function<bool()>& done) {
    const auto began = Clock::now();
    const bool seen = stage_.wait(done);
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    char text[32];
    std::snprintf(text, sizeof text, "%5.1f s  ", seconds);
    screen_.line(text + (seen ? what : "NOT SEEN: " + what));
    tell_answer();
    steps_.push_back({what, seen, seconds});
  }

  [[nodiscard]] std::size_t healthy() const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < GateStage::kNodes; ++i) count += stage_.health(i) == "passing" ? 1U : 0U;
    return count;
  }

  void begin() {
    screen_.heading(
        "Three st-api, each with its Redis; their checks in Consul; nobody has been admitted yet");
    stage_.start_st_api();
    stage_.start_gate(GateStage::quick_rules());
    step(
        "all three are passing, and none is in public DNS: a new node stays out until somebody has verified "
        "it",
        [this] { return healthy() == 3 && stage_.answer().empty(); });
    screen_.line("        st-api-gate admit st-api-1 st-api-2 st-api-3");
    (void)stage_.gate({"admit", GateStage::id(0), GateStage::id(1), GateStage::id(2)});
    step("all three are in the answer", [this] { return stage_.answer().size() == 3; });
  }

  void one_fails() {
    screen_.heading("Redis is taken away from st-api-2");
    stage_.take_redis(1);
    step("Consul's check of st-api-2 is critical, and its address is out of the answer", [this] {
      return stage_.health(1) == "critical" && !stage_.answers(1) && stage_.answer().size() == 2;
    });
    screen_.heading("Redis is back");
    stage_.give_redis(1);
    step("st-api-2 is passing, for long enough, and in the answer again",
         [this] { return stage_.answer().size() == 3; });
  }

  void all_fail() {
    screen_.heading("Redis is taken away from all three");
    for (std::size_t i = 0; i < GateStage::kNodes; ++i) stage_.take_redis(i);
    step("all three are critical, and most are in the answer still: so many at once are not believed",
         [this] { return healthy() == 0 && stage_.answer().size() >= 2; });
    step("it lasts, so it is believed, and the floor holds: half of them stay, whatever their health",
         [this] {
           return stage_.answer().size() == 2 &&
                  stage_.gate({"plan"}).output.find("floor:") != std::string::npos;
         });
    std::this_thread::sleep_for(std::chrono::seconds(3));
    step("it stays like that", [this] { return stage_.answer().size() == 2; });
    screen_.heading("Redis is back for all");
    for (std::size_t i = 0; i < GateStage::kNodes; ++i) stage_.give_redis(i);
    step("all three are in the answer", [this] { return healthy() == 3 && stage_.answer().size() == 3; });
  }

  GateStage& stage_;
  Screen& screen_;
  std::vector<Step> steps_;
};

}  // namespace

std::vector<Step> show_gate(GateStage& stage, Screen& screen) { return Show(stage, screen).run(); }

}  // namespace rediscovery::demo
