#include "config.hpp"

namespace st_api {

std::string help_text() {
  return R"(st-api issues signed playback URLs. Purchases, playback sessions and histories are in Redis.

Usage:
  st-api --redis NAME --dns ADDRESS:PORT --catalog FILE --secret-file FILE [option…]
  st-api --config FILE [option…]

Every option is also an environment variable (--drain-grace-ms: ST_API_DRAIN_GRACE_MS) and a field of the
JSON file (drain_grace_ms). The command line counts before the environment, and that before the file. Lists
have commas between their parts, or are given several times. What is marked * is of no meaning to st-api-async.

  --config FILE         the JSON file

Redis:
  --redis NAME          DNS name of the Redis master, e.g. master.service.consul; or address:port
  --redis-replicas NAME the same for the replicas: histories are read from them, and with a warm connection to
                        each, a promotion is noticed at once
  --dns ADDRESS:PORT    DNS server to ask for them; a list
  --consul URL          Consul's HTTP API, to be told of a new master at once; a list
  --redis-user USER     user to log in as; the password is in the environment variable ST_API_REDIS_PASSWORD
  --connections N       most connections to Redis                               (16) *
  In the file, "redis" may be an object with all that the library knows, by the names of its options.hpp
  (password_file, tls, …).

HTTP:
  --listen ADDRESS:PORT where to listen; port 0: any free one                   (127.0.0.1:8080)
  --threads N           requests under way at one time                          (128) *
  --deadline-ms N       for all that one request asks of Redis                  (3000)
  --status-deadline-ms N   for each of the questions behind /status             (1000)
  --slow-ms N           an answer to those that takes so long is a warning      (250)
  --drain-grace-ms N    how long /status says 503 before nothing is accepted any more (0)
  --drain-limit-ms N    most time for the requests under way then               (10000)

URLs:
  --catalog FILE        JSON: {"film-1": {"title": "…", "rights": {"tv": "uhd", "phone": "hd"}}}, for each
                        device (tv, phone, tablet, web) the best quality (sd, hd, uhd)
  --secret-file FILE    its first line signs the URLs; or set the environment variable ST_API_SECRET
  --url-base URL        what they begin with                                    (https://cdn.example.net)
  --url-lifetime-s N    how long they are valid                                 (300)
  --session-lifetime-s N   how long a session, and its idempotency key, is remembered (14400)
  --history-length N    sessions that are kept of a user                        (50)

Consul:
  --register URL        the agent to register with, e.g. http://127.0.0.1:8500; none: it is not registered *
                        The ACL token is in the environment variable ST_API_REGISTER_TOKEN
  --register-name NAME  the service's name                                      (st-api) *
  --register-id ID      its ID                                                  (NAME-ADDRESS-PORT, '-' for ':') *
  --register-address A  its address, where --listen has none that others can use *
  --register-interval-ms N   between two checks of /status                      (2000) *

  --events FILE         append the Redis client's events as JSON lines; "-": standard output
  --log-level LEVEL     info (with a line for each request), warning or error   (info)

It answers GET:
  /playback/CONTENT?user=USER&device=DEVICE&quality=QUALITY
      200 {"session", "url", "expires"}. With the header Idempotency-Key (or the parameter idempotency_key):
      the same key gives the same session and URL
      400 bad request   403 not purchased, or not for this device or quality   404 unknown content
      409 the key stands for something else
      503 Redis cannot be reached; "executed" says whether a session may have been written: no or maybe
  /history?user=USER&limit=N
      200 {"sessions", "read_from"}: the latest first, and whether a replica or the master was asked
  /verify?url=URL
      200 the URL may be played   403 it is expired or forged
  /status
      200 passing   429 warning: no replica, or slow   503 critical: Redis cannot be written, or shutting down
  /metrics
      200 in Prometheus' text format

SIGTERM and SIGINT drain it: /status is 503, the requests under way are answered, then it ends. A second one
cuts the grace short.
)";
}

}  // namespace st_api
