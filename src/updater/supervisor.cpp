#include "updater/supervisor.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "updater/process.hpp"
#include "updater/status_line.hpp"

namespace rediscovery::updater {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

// A Sentinel or Consul that hangs is given up on within these by everything the daemon does first.
constexpr seconds kTakeOver{10};
// Sentinel's own failover-timeout is 3 minutes unless configured; who waits longer than this for a failover
// to end has missed its end.
constexpr seconds kLongestFailover{180};

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

Supervisor::Supervisor(Load load, Log& log, ServiceManager& manager)
    : load_(std::move(load)),
      log_(log),
      manager_(manager),
      board_(seconds_since_1970()),
      watchdog_(manager.watchdog()) {
  auto file = load_();
  serve(std::nullopt, file.config.http);
  current_ = start(std::move(file));
}

void Supervisor::serve(const std::optional<core::Endpoint>& before,
                       const std::optional<core::Endpoint>& address) {
  if (before == address) return;
  http_ = address ? std::make_unique<HttpServer>(*address, board_, vitals_) : nullptr;
}

std::unique_ptr<Supervisor::Running> Supervisor::start(ConfigFile file) {
  auto running = std::make_unique<Running>(Running{std::move(file), Clock::now(), nullptr});
  const Config& config = running->file.config;
  // Two may plan the same in the same millisecond, and each is to know its own.
  const std::string writer = process_identity() + (++starts_ == 1 ? "" : "." + std::to_string(starts_));
  log_.write(Level::info, writer + ": " + std::to_string(config.masters.size()) + " masters, " +
                              std::to_string(config.sentinels.addresses.size()) + " Sentinels");
  std::vector<std::string> names;
  for (const auto& master : config.masters) names.push_back(master.name);
  board_.keep(names);
  running->daemon = std::make_unique<Daemon>(
      config, Daemon::Surroundings{log_, vitals_, board_, [this] { changed_.raise(); }}, writer,
      random_seed());
  return running;
}

int Supervisor::run() {
  const SignalFd signals;
  while (true) {
    look_after();
    wait(signals.fd());
    changed_.clear();
    while (const auto number = signals.next()) {
      if (*number != SIGHUP) {
        manager_.stopping();
        return *number;
      }
      reload();
    }
  }
}

void Supervisor::reload() {
  manager_.reloading();
  announced_ = false;
  try {
    auto file = load_();
    const auto changes = changed_fields(current_->file.text, file.text);
    std::string text = "SIGHUP: the configuration and the secrets it names were read again; changed:";
    for (const auto& name : changes) text += " " + name;
    log_.write(Level::info, changes.empty() ? text + " nothing else" : text);
    serve(current_->file.config.http, file.config.http);
    auto next = start(std::move(file));
    retiring_.push_back(std::exchange(current_, std::move(next)));
  } catch (const std::exception& error) {
    log_.write(Level::error, std::string("SIGHUP: going on as before: ") + error.what());
  }
}

bool Supervisor::has_taken_over(core::TimePoint now) const {
  return current_->daemon->progress().is_ready() || now - current_->started > kTakeOver;
}

void Supervisor::look_after() {
  const auto now = Clock::now();
  if (has_taken_over(now)) {
    auto text = status();
    if (!std::exchange(announced_, true)) {
      manager_.ready(text);
    } else if (text != status_) {
      manager_.status(text);
    }
    status_ = std::move(text);
    const auto retired = std::erase_if(retiring_, [&](const auto& old) {
      return !old->daemon->progress().in_failover() || now - current_->started > kLongestFailover;
    });
    if (retired > 0) {
      log_.write(Level::info, "SIGHUP: done");
      // Until now the one before may have put right what was as it is to be from now on.
      current_->daemon->look_again("took over");
    }
  }
  const auto stalled = vitals_.stalled(now);
  if (watchdog_.on(now, stalled.has_value())) manager_.alive();
  if (stalled && stalled != stalled_) log_.write(Level::error, *stalled + " is stuck");
  stalled_ = stalled;
}

void Supervisor::wait(int signals) const {
  auto deadline = watchdog_.next_deadline().value_or(core::TimePoint::max());
  const auto now = Clock::now();
  if (!announced_) deadline = std::min(deadline, current_->started + kTakeOver + milliseconds(1));
  if (!retiring_.empty() && now < current_->started + kLongestFailover)
    deadline = std::min(deadline, current_->started + kLongestFailover + milliseconds(1));
  const auto left = std::chrono::ceil<milliseconds>(
      std::clamp<core::Duration>(deadline - now, core::Duration::zero(), seconds(60)));
  pollfd polls[2] = {{signals, POLLIN, 0}, {changed_.fd(), POLLIN, 0}};
  poll(polls, 2, static_cast<int>(left.count()));
}

std::string Supervisor::status() const {
  const Config& config = current_->file.config;
  return status_line(config.masters.size(), config.sentinels.addresses.size(), board_.troubles());
}

}  // namespace rediscovery::updater
