#include "config.hpp"

namespace st_gate {

std::string help_text() {
  return R"(st-api-gate: lets the nodes of a service enter and leave public DNS by their health in Consul.

Usage: st-api-gate COMMAND [OPTION…]

  run                   stay, and follow Consul (blocking queries, and every --reconcile-ms)
  once                  read, decide, write, and end; for a Consul watch: what comes on standard input is only
                        the sign to look. Waits for what time alone decides, up to --deadline-ms
  plan                  print what would be written, and what is held back; writes nothing
  status                print the instances, why each is in or out, and what is remembered
  admit NAME…           a node or instance may be in the answer from now on; ends an exclusion
  exclude NAME…         keep it out: --reason TEXT, and --for 90s|15m|2h|7d, or until it is admitted

NAME is that of a node, or the ID of instances: it stands for all nodes that have it, those that come later included.

An address is in the answer when an instance of the service has it that is passing, and that somebody has admitted (it
or its node). A warning changes nothing. The address is the service's meta field public_address, or else the service's
address, or else the node's.

All options but --json can be given as ST_GATE_… in the environment (--kv-prefix: ST_GATE_KV_PREFIX), all but --json and
--config by their names in the file (kv_prefix); the command line counts before the environment, the environment before
the file. In brackets: the default.

  --config FILE         a JSON object of these
  --json                plan, status: for machines
  --log-level LEVEL     info, warning or error                                   (info)
  --author TEXT         who admits or excludes, in the list and in audit lines   (user@host)

Consul:
  --consul URL          an agent                        (CONSUL_HTTP_ADDR, or else http://127.0.0.1:8500)
                        ACL token: in ST_GATE_CONSUL_TOKEN,
  --consul-token-file FILE   or there; read again for each request               (CONSUL_HTTP_TOKEN_FILE)
                        or, if there is no file either, in CONSUL_HTTP_TOKEN
  --consul-ca-file FILE whom to trust with https                                 (CONSUL_CACERT)
  --service NAME        whose instances                                          (st-api)
  --kv-prefix PREFIX    where the gate keeps its list and its memory             (st-api-gate/)

Public DNS:
  --name NAME           the public name, e.g. st-api.example.test
  --ttl SECONDS         of records that are added                                (5)
  --owner NAME          marks the records as this gate's; others are left alone  (st-api-gate)
  --backend rfc2136     a DNS server that takes updates
    --dns-server ADDRESS[:PORT]   the zone's primary
    --zone ZONE         the zone
    --tsig-name NAME    the key; its secret is in ST_GATE_TSIG_SECRET or
    --tsig-secret-file FILE       in a file, in base64
    --tsig-algorithm A  hmac-sha256, -sha384, -sha512 or -sha1                   (hmac-sha256)
  --backend route53     Amazon's; the key is in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN
    --hosted-zone ID    the zone
    --route53-endpoint URL        (https://route53.amazonaws.com)
    --aws-region NAME   that requests are signed for                             (us-east-1)
  --timeout-ms N        for each step of an exchange                               (2000, with Route 53 5000)

Never worse than doing nothing:
  --floor-count N       so many addresses stay, whatever their health            (1)
  --floor-percent P     or this share of the registered and admitted, if more    (50)
  --shrink-percent P    nobody is removed while more than this share is gone     (50)
  --shrink-window-ms N  within this time                                         (60000)
  --rise-ms N           passing for so long before it enters                     (5000)
  --fall-ms N           critical for so long before it leaves                    (0)
  --hold-ms N           out for so long before it enters again                   (30000)
  --batch-ms N          between two updates; changes meanwhile go together       (1000)
  --updates-per-minute N   on average                                            (20)
  --reconcile-ms N      run: look so often without being told                    (10000)
  --deadline-ms N       once: most time                                          (20000)

Exit codes: 0 the answer is as health has it   1 not now (Consul or the DNS server): try again   2 wrong use
            3 the answer is kept although health says otherwise: the floor, a freeze
SIGTERM and SIGINT end `run` and `once` after the update under way.
)";
}

}  // namespace st_gate
