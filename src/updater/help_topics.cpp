// The part of command_line.hpp that explains what is the same for all commands. A unit test compares the
// fields with those that the parser knows.
#include "updater/help_topics.hpp"

namespace rediscovery::updater {

const std::string_view kHelpConfig =
    R"(The configuration is JSON; fields that do not exist are refused. Only masters and sentinels.addresses are required.
Times are whole milliseconds. docs/updater.md tells more.

  masters                    the names from "sentinel monitor": texts, or {"name": …} with names, tags, weights, meta
                             or slave_fallback of their own (masters.name, …)
  names.master, names.slave  service names, templates with {master_name}; default: master, slave
  tags                       of both services, templates; default: ["{master_name}"]
  weights.master, weights.slave
                             in SRV records: {"passing": 1 to 65535, "warning": 0 to 65535}; default: 1
  meta                       more pairs for the services' meta data
  slave_fallback             the master answers for its replicas while none is left; default: false
  address_map                what Sentinel says -> where clients reach it
  promotion                  observed: the name moves at the promotion (default); announced: when Sentinel says so
  registration               catalog: on nodes of their own, by any updater (default); agent: each on its host's node,
                             by the updater beside it
  agent.redis                with "agent": the Redis beside this updater, as Sentinel knows it
  agent.ttl_ms               with "agent": when the check of a dead updater expires, 1000 to 60000; default: 5000
  key_prefix, node_prefix    of the fence's key and the nodes' names; default: redis-roles/, redis-
  reconcile_interval_ms      of the daemon, 100 to 3600000; default: 10000
  heartbeat_ms               50 to 3600000, 0: never; default: 10000
  stale_after_ms             100 to 3600000, at least twice heartbeat_ms; default: 60000
  replica_hold_ms            of the daemon: how long in a row a replica must be bad before it is removed, and good before
                             it returns, 0 to 600000; default: 5000
  http.address               where the daemon answers /metrics, /state and /healthz; loopback only, e.g. 127.0.0.1:9121
  deadline_ms                of everything but the daemon, 100 to 50000; default: 10000

  sentinels.addresses        one or several to begin with, numeric: 10.0.0.11:26379 or [fd00::b]:26379
  sentinels.discover         also ask those that they list; false: addresses are all; default: true
  sentinels.user, sentinels.password
                             for AUTH; instead of password: password_env (a variable), password_file
  sentinels.dns_servers      where host names that Sentinels announce are looked up; default: the system's
  sentinels.timeout_ms       for reading one Sentinel, 10 to 10000; default: 1000
  sentinels.tls              true, or ca_file, cert_file, key_file, server_name, verify; default: false

  redis.user, redis.password, redis.timeout_ms, redis.tls
                             for the Redis nodes, as of sentinels

  consul.addresses           host:port, http://…, https://…, unix:///path; default: 127.0.0.1:8500
  consul.token               or token_env, token_file
  consul.http_auth           user:password, or http_auth_env, http_auth_file
  consul.datacenter, consul.namespace, consul.partition
                             default: what the agent and the token belong to
  consul.tls                 ca_file, ca_path, cert_file, key_file, server_name, verify
  consul.dns                 DNS servers that are asked whether they show a switch; default: port 8600 of Consul
  consul.dns_domain          default: consul
  consul.connect_timeout_ms  10 to 10000; default: 500
  consul.timeout_ms          for one request, 10 to 30000; default: 2000
)";

const std::string_view kHelpExitCodes = R"(Exit codes, as Sentinel understands them:

  0   done, nothing to do, or superseded by a later switch
  1   transient: Consul or the Sentinels cannot be reached or do not agree yet. Sentinel runs the script again after
      30 s, 60 s, … ten times in all. Until its deadline the updater has already tried again by itself
  2   permanent: usage, configuration, permissions, or a conflict that a person must look at. Sentinel drops the
      script and publishes -script-error. Mend it, then run "rediscovery-updater apply"

The unit rediscovery-updater.service starts the daemon again after everything but 0 and 2.
)";

const std::string_view kHelpEnvironment = R"(Environment variables. What the configuration says comes first.

  REDISCOVERY_UPDATER_CONFIG   the configuration file, where --config does not name one
  CONSUL_HTTP_ADDR             consul.addresses
  CONSUL_HTTP_TOKEN            consul.token
  CONSUL_HTTP_TOKEN_FILE       consul.token_file
  CONSUL_HTTP_AUTH             consul.http_auth
  CONSUL_HTTP_SSL              true: addresses without a scheme are https
  CONSUL_HTTP_SSL_VERIFY       consul.tls.verify
  CONSUL_CACERT                consul.tls.ca_file
  CONSUL_CAPATH                consul.tls.ca_path
  CONSUL_CLIENT_CERT           consul.tls.cert_file
  CONSUL_CLIENT_KEY            consul.tls.key_file
  CONSUL_TLS_SERVER_NAME       consul.tls.server_name
  CONSUL_NAMESPACE             consul.namespace
  CONSUL_PARTITION             consul.partition
  NO_COLOR                     check without colours

Sentinel hands its own environment to its scripts.
)";

const std::string_view kHelpFiles = R"(Files:

  /etc/rediscovery/updater.json               the configuration
  /etc/default/rediscovery-updater            variables for the daemon, read by systemd
  /usr/lib/rediscovery/rediscovery-updater    the program; below /usr/lib Debian's Sentinel may execute it
  /usr/lib/rediscovery/rediscovery-on-reconfig, /usr/lib/rediscovery/rediscovery-on-event
                                              links to it, made to be Sentinel's scripts
  rediscovery-updater.service                 the daemon's systemd unit
  /usr/share/doc/rediscovery-updater/examples configurations, ACL policies, Sentinel's line

It writes no file.
)";

}  // namespace rediscovery::updater
