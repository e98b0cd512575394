#include "live/session.hpp"

#include <stdexcept>
#include <thread>

#include "live/page_server.hpp"
#include "report.hpp"

namespace rediscovery::demo::live {
namespace {

constexpr int kDeadlineMs = 3000;  // of st-api's handlers, and of the plain client's requests

Json hello(int rate, Clock::time_point start, const Json& state) {
  Json faults = Json::array();
  for (const auto& text : all_faults()) {
    const std::string name(text.name);
    const bool enabled = state.contains("faults") && state["faults"][name].value("enabled", false);
    faults.push_back({{"name", name}, {"title", text.title}, {"hint", text.hint}, {"enabled", enabled}});
  }
  return {
      {"rate", rate},
      {"deadline_ms", kDeadlineMs},
      {"started_ms", 0},
      {"now_ms", Milliseconds(Clock::now() - start).count()},
      {"faults", faults},
      {"lanes",
       {{{"name", "library"},
         {"title", "st-api with rediscovery"},
         {"hint",
          "HTTP requests to st-api, whose pool is the library. Its handlers have a deadline of 3 s."}},
        {{"name", "plain"},
         {"title", "a plain client"},
         {"hint",
          "The same writes at the same moments on the same DNS name, without the library: 16 hiredis "
          "connections, each of which resolves the name when it connects; 1 s for an answer of DNS (asked "
          "twice), for connecting and for a command; 3 s for the whole request, also while it waits for a "
          "connection. An error, READONLY among them, fails the request and closes the connection; the next "
          "request opens a new one. Nothing is tried again."}}}}};
}

}  // namespace

Session::Session(const Options& options, const StopRequest& stop, Screen& screen)
    : stop_(stop), screen_(screen) {
  // First: whether there can be a page is known at once.
  if (options.live.web) {
    page_ = std::make_unique<PageServer>(
        PageServer::Settings{options.live.port, options.live.page_folder, options.live.chart_library});
  }
  stage_ = std::make_unique<Stage>(options, [&](const std::string& text) {
    // The servers are taken down by the destructors.
    if (stop.made()) throw std::runtime_error("interrupted");
    screen.line(text);
  });
  watch_ = std::make_unique<Watch>(*stage_);
  observers_ = std::make_unique<Observers>(*stage_, moments_);
  const auto start = Clock::now();
  lanes_ = std::make_unique<Lanes>(*stage_, options.rate, start);
  hub_ = Hub::create([rate = options.rate, start](const Json& state) { return hello(rate, start, state); });
  director_ = std::make_unique<Director>(*stage_, *watch_, moments_, *lanes_, *hub_, start);
  director_->step();
  screen.line("sending " + std::to_string(options.rate) + " requests per second on each lane");
  if (!page_) return;
  gate_ = std::make_unique<GateDirector>(Programs{options.st_api_program, options.gate_program}, options.logs,
                                         stop, *hub_, start);
  page_->serve(hub_, {{"/faults/", [this](const std::string& fault) { return director_->press(fault); }},
                      {"/gate/", [this](const std::string& order) { return gate_->press(order); }}});
  screen.line("the page: " + page_->address());
}

// Nobody presses a button of what is being taken down.
Session::~Session() {
  if (page_) page_->stop();
}

void Session::step() {
  constexpr std::chrono::milliseconds kPause{20};
  for (const auto& moment : director_->step()) {
    const auto fault = director_->last_fault();
    screen_.moment(fault && moment.at >= *fault ? "+" + in_words(moment.at - *fault) : "", moment);
  }
  if (gate_) gate_->step();
  stage_->check();
  std::this_thread::sleep_for(kPause);
}

bool Session::run_until(const std::function<bool()>& done) {
  while (!done()) {
    if (stop_.made()) return false;
    step();
  }
  return true;
}

bool Session::run_for(std::chrono::milliseconds span) {
  const auto end = Clock::now() + span;
  return run_until([end] { return Clock::now() >= end; });
}

}  // namespace rediscovery::demo::live
