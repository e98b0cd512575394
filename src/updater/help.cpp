// The part of command_line.hpp that explains it.
#include <map>

#include "updater/command_line.hpp"
#include "updater/help_topics.hpp"

namespace rediscovery::updater {
namespace {

constexpr std::string_view kOverview =
    R"(rediscovery-updater keeps Redis' roles true in Consul after a Redis Sentinel switch.

Usage:
  rediscovery-updater on-reconfig <master> <role> <state> <from-ip> <from-port> <to-ip> <to-port>
  rediscovery-updater on-event <type> <description>
  rediscovery-updater run   [--config FILE]
  rediscovery-updater plan  [--config FILE] [--master NAME]… [--json] [--accept-epoch-reset]
  rediscovery-updater apply [--config FILE] [--master NAME]… [--accept-epoch-reset]
  rediscovery-updater check  [--config FILE] [--master NAME]… [--json] [--color WHEN]
  rediscovery-updater status [--config FILE] [--master NAME]… [--json]
  rediscovery-updater <command> --help
  rediscovery-updater --version

Commands:
  on-reconfig   Sentinel's client-reconfig-script
  on-event      Sentinel's notification-script
  run           the daemon: listens to all Sentinels and keeps Consul true
  plan          shows what would be changed, and changes nothing
  apply         makes the change now
  check         looks for everything that may be wrong, and says what to do about it
  status        shows how the masters stand

Whatever starts it, it does the same: it reads all Sentinels, reads Consul, plans, applies one transaction, and
reads again to verify. Arguments and events only say when to look, never what to write; a script that runs hours
late moves nothing back.

More: help config, help exit-codes, help environment, help files.

Configuration, the first that is given:
  --config FILE
  the environment variable REDISCOVERY_UPDATER_CONFIG
  /etc/rediscovery/updater.json
What it leaves open about Consul comes from CONSUL_HTTP_ADDR, CONSUL_HTTP_TOKEN, CONSUL_HTTP_TOKEN_FILE,
CONSUL_CACERT, CONSUL_CAPATH, CONSUL_CLIENT_CERT, CONSUL_CLIENT_KEY, CONSUL_TLS_SERVER_NAME, CONSUL_HTTP_SSL and
CONSUL_HTTP_SSL_VERIFY.

Called as rediscovery-on-reconfig or rediscovery-on-event, for example through a symbolic link, it takes Sentinel's
arguments without a command.

Exit codes, as Sentinel understands them:
  0   done, nothing to do, or superseded by a later switch
  1   transient: Consul or the Sentinels cannot be reached or do not agree yet; Sentinel tries again
  2   permanent: usage, configuration, permissions, or a conflict that a person must look at
)";

constexpr std::string_view kOnReconfig = R"(Usage:
  rediscovery-updater on-reconfig [--config FILE] [--timeout-ms N]
      <master> <role> <state> <from-ip> <from-port> <to-ip> <to-port>

Sentinel's client-reconfig-script. In sentinel.conf:

  sentinel client-reconfig-script mymaster /usr/lib/rediscovery/rediscovery-on-reconfig

The arguments are only the trigger: the state is read from the Sentinels, because scripts are run again with their
old arguments for up to four hours. The daemon (run) may work beside it; they cannot undo each other's work.

Options:
  --config FILE    see "rediscovery-updater --help"
  --timeout-ms N   when to give up, 100 to 50000; default: deadline_ms of the configuration, 10000. Until then
                   whatever is transient is tried again.

Exit codes: 0 done or superseded, 1 transient (Sentinel runs it again in 30 s, and then ever more rarely, ten
times), 2 permanent (Sentinel drops it and publishes -script-error).
)";

constexpr std::string_view kOnEvent = R"(Usage:
  rediscovery-updater on-event [--config FILE] [--timeout-ms N] <type> <description>

Sentinel's notification-script. In sentinel.conf:

  sentinel notification-script mymaster /usr/lib/rediscovery/rediscovery-on-event

An event that can concern a role or a replica (+switch-master, +promoted-slave, +sdown, -sdown, …) makes it look
at the master named in the description; others end at once with 0. Sentinel runs notification scripts for warnings
only, so this alone notices new replicas late; prefer client-reconfig-script, or run.

Options and exit codes: as of on-reconfig.
)";

constexpr std::string_view kRun = R"(Usage:
  rediscovery-updater run [--config FILE]

The daemon. It subscribes to every Sentinel, and brings Consul up to date on each event that can matter, whenever a
subscription is made again, and at reconcile_interval_ms with jitter. While Consul or the Sentinels are away it
tries again with growing pauses of at most half a second. Several may run at once, on several hosts: a fence in
Consul decides who writes, and nobody can move anything back.

With "promotion": "observed" in the configuration, the default, it watches the replicas and moves a name the moment
the replica that Sentinel has chosen says that it is the master, milliseconds after its promotion; with "announced"
when Sentinel says so, about a second later. If Redis asks for a password, observing needs redis.password.

While it finds Consul true it keeps a heartbeat there (heartbeat_ms). A daemon that cannot read most of the
Sentinels, and sees no heartbeat for stale_after_ms, asks each Redis itself, and turns the checks of those that do
not confirm their role critical.

With "registration": "agent" it runs beside a Redis and a Consul agent, registers that Redis alone, and keeps its
check true to the role that the Redis says it has.

It logs to standard error, one line for each thing; changes as "audit" with who, master, epoch, from, to and
Consul's index; conflicts that a person must look at as "ALARM". SIGTERM and SIGINT end it with 0. SIGHUP reads the
configuration and the secrets it names again; a bad one is refused, and the daemon goes on with the old. It tells
systemd when it is ready and that it is alive (Type=notify, WatchdogSec=).

Options:
  --config FILE    see "rediscovery-updater --help"
)";

constexpr std::string_view kPlan = R"(Usage:
  rediscovery-updater plan [--config FILE] [--master NAME]… [--json] [--accept-epoch-reset] [--timeout-ms N]

Shows on standard output what "apply" would change, and changes nothing. For each master its verdict:

  up_to_date   Consul says what the Sentinels say
  change       the difference follows: + added, - removed, ~ written anew, = kept
  superseded   Consul already knows a later switch than the Sentinels that could be read
  conflict     two masters at the same epoch; nothing is changed until a failover settles it
  refused      it would be wrong or too early to write; the reason follows

Lines with ! are worth a look.

Options:
  --config FILE          see "rediscovery-updater --help"
  --master NAME          only this master; may be repeated
  --json                 a list of plans as JSON
  --accept-epoch-reset   plan as "apply --accept-epoch-reset" would
  --timeout-ms N         100 to 50000; default: deadline_ms of the configuration

Exit codes: 0 up_to_date, change or superseded; 1 transient; 2 conflict or refused.
)";

constexpr std::string_view kApply = R"(Usage:
  rediscovery-updater apply [--config FILE] [--master NAME]… [--accept-epoch-reset] [--timeout-ms N]

Brings Consul up to date now: what "plan" shows is made in one transaction for each master.

Options:
  --config FILE          see "rediscovery-updater --help"
  --master NAME          only this master; may be repeated
  --accept-epoch-reset   the Sentinels were set up anew and count epochs from zero again: accept their lower
                         epoch, if a majority and the quorum of all configured Sentinels agree. Needed once.
  --timeout-ms N         when to give up, 100 to 50000; default: deadline_ms of the configuration

Exit codes: 0 done, nothing to do or superseded; 1 transient; 2 conflict, refused, or a permanent error.
)";

constexpr std::string_view kCheck = R"(Usage:
  rediscovery-updater check [--config FILE] [--master NAME]… [--json] [--color WHEN] [--timeout-ms N]

Looks for everything that may be wrong, and says what to type or to edit about it. It changes nothing. Areas:

  configuration  whether others may read its secrets
  consul         each address: reachable, a leader, version, datacenter, TLS; the token and when it expires
  sentinels      each one: reachable, login, the same master and epoch as the others, quorum, TILT, who knows whom
  scripts        set at the Sentinels; on this host: there, executable, allowed by the unit redis-sentinel
  permissions    each operation of the updater's transaction, tried: in a transaction that Consul refuses for the
                 index of its first operation, after it has looked at the token's rights
  fence          whose it is, and whether its epoch is the Sentinels'
  catalog        what "plan" would change; entries that others have made; critical checks
  dns            whether every server of consul.dns answers what the catalog says
  redis          ROLE of every node that somebody names

Everybody is asked at once. What is left out because the time was used up is named.

Options:
  --config FILE    see "rediscovery-updater --help"
  --master NAME    only this master; may be repeated
  --json           {"exit_code": …, "findings": [{"master", "area", "level": ok | warning | problem, "heals",
                   "text", "remedy"}]}
  --color WHEN     always, never, or auto, the default: on a terminal, unless NO_COLOR is set
  --timeout-ms N   when it has to end, 100 to 50000; default: deadline_ms of the configuration

Exit codes: 0 nothing but warnings; 1 problems that time may heal; 2 somebody must act.
)";

constexpr std::string_view kStatus = R"(Usage:
  rediscovery-updater status [--config FILE] [--master NAME]… [--json] [--timeout-ms N]

Shows how each master stands: its address and epoch, how many Sentinels agree, since when and by whom it is in
Consul; for every Redis what it says itself, what the Sentinels say and what Consul has; what DNS answers.

Options: as of check, without --color.

Exit codes: 0 Sentinels and Consul could be read; 1 they could not, or do not agree. What is wrong, "check" tells.
)";

}  // namespace

std::string help_text(std::string_view topic) {
  static const std::map<std::string_view, std::string_view> texts = {{"", kOverview},
                                                                     {"on-reconfig", kOnReconfig},
                                                                     {"on-event", kOnEvent},
                                                                     {"run", kRun},
                                                                     {"plan", kPlan},
                                                                     {"apply", kApply},
                                                                     {"check", kCheck},
                                                                     {"status", kStatus},
                                                                     {"config", kHelpConfig},
                                                                     {"exit-codes", kHelpExitCodes},
                                                                     {"environment", kHelpEnvironment},
                                                                     {"files", kHelpFiles}};
  const auto found = texts.find(topic);
  return found == texts.end() ? std::string() : std::string(found->second);
}

}  // namespace rediscovery::updater
