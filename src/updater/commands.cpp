#include "updater/commands.hpp"

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>

#include "sentinel/event.hpp"
#include "updater/audit.hpp"
#include "updater/check_command.hpp"
#include "updater/command_line.hpp"
#include "updater/log.hpp"
#include "updater/plan_text.hpp"
#include "updater/process.hpp"
#include "updater/reconcile.hpp"
#include "updater/service_manager.hpp"
#include "updater/supervisor.hpp"
#include "updater/version.hpp"

namespace rediscovery::updater {
namespace {

constexpr int kDone = 0;
constexpr int kTransient = 1;
constexpr int kPermanent = 2;
constexpr const char* kDefaultConfig = "/etc/rediscovery/updater.json";

struct Context {
  const Invocation& invocation;
  const Config& config;
  std::ostream& out;
  Log& log;
};

ReconcileOptions options_of(const Context& context, const std::string& trigger) {
  const auto span = context.invocation.timeout.value_or(context.config.deadline);
  ReconcileOptions options;
  options.dry_run = context.invocation.mode == Mode::plan;
  options.accept_epoch_reset = context.invocation.accept_epoch_reset;
  options.writer = process_identity();
  options.deadline = core::saturating_add(std::chrono::steady_clock::now(), span);
  options.on_change = [&context, trigger](const Change& change) { log_change(context.log, change, trigger); };
  return options;
}

// Everything a one-shot has to say about one master, and its exit code.
int conclude(const Context& context, const std::string& master, const Report& report) {
  for (const auto* lines : {&report.plan.warnings, &report.plan.left_out}) {
    for (const auto& line : *lines) context.log.write(Level::warning, master + ": " + line);
  }
  const int code = exit_code(report);
  std::ostringstream text;
  text << master << ": ";
  if (report.error) {
    text << *report.error;
  } else {
    text << report.plan.verdict << ": " << report.plan.explanation;
    const auto* change = report.changes.empty() ? nullptr : &report.changes.back();
    if (change != nullptr && change->visibility && change->visibility->after)
      text << "; DNS shows it " << to_text(*change->visibility->after) << " after Consul's confirmation";
  }
  if (code == kTransient) text << " (transient, exit code 1)";
  if (code == kPermanent) text << " (exit code 2)";
  const bool alarm = !report.error && report.plan.verdict == Verdict::conflict;
  context.log.write(alarm ? Level::alarm : code == kDone ? Level::info : Level::error, text.str());
  return code;
}

Report reconcile_now(const Context& context, const MasterConfig& master, const std::string& trigger) {
  RealWorld world(context.config, -1);
  core::Rng rng(random_seed());
  return reconcile_until_done(world, context.config, master, options_of(context, trigger), rng);
}

Report look(const Context& context, const MasterConfig& master) {
  RealWorld world(context.config, -1);
  core::Rng rng(random_seed());
  return reconcile(world, context.config, master, options_of(context, "plan"), rng);
}

// A script may be started by the only Sentinel that knows of the switch yet. If that one cannot be read from
// here, what the others say is not the end of it; with all of them readable it is, whatever the arguments
// say.
bool announcement_is_open(const Context& context, const Report& report, const std::string& host,
                          const std::string& port) {
  if (report.error || report.consensus.readable == report.consensus.asked) return false;
  auto& hosts = *context.config.sentinels.hosts;
  if (sentinel::is_host_name(host)) {
    const auto now = std::chrono::steady_clock::now();
    hosts.learn({host}, now, now + context.config.sentinels.timeout);
  }
  const auto announced =
      sentinel::endpoint_of(host, port, [&](std::string_view name) { return hosts.address_of(name); });
  const auto verdict = report.plan.verdict;
  return announced && verdict == Verdict::up_to_date && report.plan.after.address != *announced;
}

int on_reconfig(const Context& context) {
  const auto& words = context.invocation.arguments;
  const MasterConfig* master = context.config.find_master(words[0]);
  if (master == nullptr) {
    context.log.write(Level::error,
                      "the configuration has no master \"" + words[0] + "\"; add it to \"masters\"");
    return kPermanent;
  }
  const Report report = reconcile_now(context, *master, "on-reconfig " + words[1]);
  const int code = conclude(context, master->name, report);
  if (code == kDone && announcement_is_open(context, report, words[5], words[6])) {
    context.log.write(Level::warning,
                      master->name + ": a switch to " + words[5] + " port " + words[6] +
                          " was announced, but not every Sentinel could be read to confirm it "
                          "(transient, exit code 1)");
    return kTransient;
  }
  return code;
}

int on_event(const Context& context) {
  const auto& type = context.invocation.arguments[0];
  if (!sentinel::is_trigger(type)) return kDone;
  const auto name = sentinel::master_of(type, context.invocation.arguments[1]);
  const MasterConfig* master = name ? context.config.find_master(*name) : nullptr;
  if (master == nullptr) {
    context.log.write(Level::error,
                      name ? "the configuration has no master \"" + *name + "\"; add it to \"masters\""
                           : "the event " + type + " names no master");
    return kPermanent;
  }
  return conclude(context, master->name, reconcile_now(context, *master, "on-event " + type));
}

// Throws UsageError.
void require_masters(const Invocation& invocation, const Config& config) {
  for (const auto& name : invocation.masters) {
    if (config.find_master(name) == nullptr) {
      throw UsageError("--master: the configuration has no master \"" + name + "\"");
    }
  }
}

int plan_or_apply(const Context& context) {
  std::vector<const MasterConfig*> chosen;
  for (const auto& name : context.invocation.masters) chosen.push_back(context.config.find_master(name));
  if (chosen.empty()) {
    for (const auto& master : context.config.masters) chosen.push_back(&master);
  }

  int worst = kDone;
  const bool is_plan = context.invocation.mode == Mode::plan;
  nlohmann::json plans = nlohmann::json::array();
  for (const MasterConfig* master : chosen) {
    // A person who looks wants to know how things are, not to wait until they are better.
    const Report report = is_plan ? look(context, *master) : reconcile_now(context, *master, "apply");
    int code = exit_code(report);
    if (!is_plan) {
      code = conclude(context, master->name, report);
    } else if (report.error) {
      std::ostringstream text;
      text << master->name << ": " << *report.error;
      context.log.write(Level::error, text.str());
    } else if (context.invocation.json) {
      plans.push_back(to_json(report.plan));
    } else {
      context.out << report.plan;
    }
    worst = std::max(worst, code);
  }
  if (is_plan && context.invocation.json) {
    context.out << plans.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  }
  return worst;
}

int run(const std::string& path, const consul::Environment& environment, Log& log) {
  hold_signals();
  ServiceManager manager(environment, getpid());
  log.write(Level::info, "rediscovery-updater " + std::string(kVersion));
  Supervisor supervisor([&] { return load_config_file(path, environment); }, log, manager);
  const int number = supervisor.run();
  log.write(Level::info, "signal " + std::to_string(number) + ": ending");
  return kDone;
}

std::string config_path(const Invocation& invocation, const consul::Environment& environment) {
  if (invocation.config) return *invocation.config;
  const auto variable = environment("REDISCOVERY_UPDATER_CONFIG");
  return variable && !variable->empty() ? *variable : kDefaultConfig;
}

}  // namespace

int run_command(const std::string& program, const std::vector<std::string>& arguments,
                const consul::Environment& environment, std::ostream& out, std::ostream& err) {
  Log log(err);
  try {
    const Invocation invocation = parse_command_line(program, arguments);
    if (invocation.mode == Mode::help) {
      out << help_text(invocation.topic);
      return kDone;
    }
    if (invocation.mode == Mode::version) {
      out << "rediscovery-updater " << kVersion << "\n";
      return kDone;
    }
    if (invocation.mode != Mode::run) close_inherited_descriptors();
    ignore_broken_pipes();
    const std::string path = config_path(invocation, environment);
    if (invocation.mode == Mode::run) return run(path, environment, log);
    const Config config = load_config(path, environment);
    require_masters(invocation, config);
    const Context context{invocation, config, out, log};
    switch (invocation.mode) {
      case Mode::on_reconfig:
        return on_reconfig(context);
      case Mode::on_event:
        return on_event(context);
      case Mode::plan:
      case Mode::apply:
        return plan_or_apply(context);
      case Mode::check:
        return run_check(invocation, config, path,
                         wants_colours(invocation.colours, isatty(STDOUT_FILENO) == 1, environment), out);
      case Mode::status:
        return run_status(invocation, config, path, out);
      case Mode::run:
      case Mode::help:
      case Mode::version:
        break;
    }
  } catch (const UsageError& error) {
    log.write(Level::error, error.what());
    return kPermanent;
  } catch (const ConfigError& error) {
    log.write(Level::error, error.what());
    return kPermanent;
  } catch (const std::exception& error) {
    // Out of memory, threads or descriptors: the next try may find some.
    log.write(Level::error, error.what());
    return kTransient;
  }
  return kPermanent;
}

}  // namespace rediscovery::updater
