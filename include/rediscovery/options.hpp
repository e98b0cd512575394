// How a pool is configured: a plain struct with working defaults, and its two textual forms.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <rediscovery/event.hpp>
#include <rediscovery/export.hpp>
#include <rediscovery/promotion.hpp>
#include <rediscovery/read_from.hpp>

namespace rediscovery {

// A configuration that cannot work. what() names the field, what was given and what is accepted.
class REDISCOVERY_EXPORT InvalidOptions : public std::invalid_argument {
 public:
  InvalidOptions(std::string field, const std::string& problem);
  // The field in the spelling of the struct and of the JSON, e.g. "dns_servers[1]".
  [[nodiscard]] const std::string& field() const noexcept { return field_; }

 private:
  std::string field_;
};

struct REDISCOVERY_EXPORT Options {
  using Milliseconds = std::chrono::milliseconds;

  // ---- where the master is ------------------------------------------------------------------------
  // A DNS name whose SRV, A or AAAA records say where the master is ("master.service.consul"), or numeric
  // addresses ("10.0.0.5:6379", "[::1]:6379,10.0.0.6:6379"), one of which is the master, without DNS.
  // Required.
  std::string master;
  // The same for the replicas ("slave.service.consul"). Optional: they are read from (`read_from`), and a
  // warm connection is kept to each.
  std::string replicas;
  // By what a promotion is followed. With `observed`, if `master` is a name, a warm connection is kept to
  // each replica that the master itself lists, also without `replicas`; at most 16 with those of `replicas`,
  // which come first. None of them is read from that `replicas` does not name. Where clients must not go to
  // the addresses that a master knows its replicas by (NAT), `allowed_networks` says so. JSON: "observed" or
  // "announced"
  Promotion promotion = Promotion::observed;
  // Who answers commands that only read, unless Command::from() says otherwise. All but the master need
  // `replicas`. JSON: "master", "replica", "any" or "nearest".
  ReadFrom read_from = ReadFrom::master;
  // A replica that is known to be further behind the master than this, in bytes of the replication stream, is
  // not read from. What is known is as old as the last role check (idle_check_interval). 0: any lag will do.
  std::size_t max_replica_lag = 0;
  // Whether reads meant for a replica go to the master while no replica is fit; else they wait for one, and
  // fail with `no_replica`.
  bool replica_fallback = true;
  // The port where the answer carries none (A and AAAA records). 1…65535.
  std::uint16_t default_port = 6379;
  // Numeric "address:port" (port 53 if left out), asked in this order. Never the system's resolver: these
  // names live in Consul. Required unless `master` and `replicas` are addresses.
  std::vector<std::string> dns_servers;
  // How long one DNS server may take at most before the next is asked; each is asked twice. With more than
  // 250 ms, one that has answered quickly of late has less, but these 250 ms. 10 ms…10 s.
  Milliseconds dns_timeout{250};
  // A healthy master's name is looked up again when the answer's TTL ends, but within these bounds
  // (jittered). Consul's TTL is 0 by default, so the floor is the usual interval. While the name does not
  // resolve and the master is healthy, the negative TTL (RFC 2308) counts likewise. 10 ms…1 h each, floor ≤
  // ceiling.
  Milliseconds refresh_floor{1'000};
  Milliseconds refresh_ceiling{30'000};

  // Consul's HTTP API ("http://127.0.0.1:8500", "https://consul:8501"; several are used in turn). Optional: a
  // blocking query on the service behind `master` then wakes the pool within milliseconds of a change. DNS is
  // still asked beside it. Requires that `master` is a name of the form [tag.]service.service[.dc].domain,
  // with a domain of one label.
  std::vector<std::string> consul_http;
  std::string
      consul_token;  // ACL token; needs service:read and node:read. Never appears in events or errors.
  std::string consul_ca_file;    // PEM; empty: the system's. For https.
  std::string consul_cert_file;  // PEM client certificate and key, if Consul asks for one
  std::string consul_key_file;
  // If not empty, answers outside of these networks ("10.0.0.0/8", "fd00::/8") are ignored, and so are the
  // replicas there that a master lists.
  std::vector<std::string> allowed_networks;

  // ---- who we are ---------------------------------------------------------------------------------
  std::string username;  // ACL user; empty: the default user
  // The password, from one of three places; none: no AUTH is sent. Never appears in events, errors or logs.
  std::string password;      // itself
  std::string password_env;  // the name of an environment variable, read by the constructor
  // A regular file, without the line break at its end. Read by the constructor, and again by the
  // background thread when a server rejects the password: put the new one there, best before the servers ask
  // for it, and connecting goes on with it at once. A file on storage that may hang would hold the thread up.
  std::string password_file;
  std::string client_name;     // CLIENT SETNAME; empty: not set. No spaces or newlines (Redis' rule).
  std::uint32_t database = 0;  // SELECT; 0 is Redis' default and sends nothing
  // RESP2, or RESP3 (HELLO, since Redis 6.0): maps, booleans and doubles then arrive as such; see reply.hpp.
  std::uint32_t protocol = 2;

  // ---- TLS to Redis -------------------------------------------------------------------------------
  // Standbys and every other connection to a node speak TLS as well, and so must each node: a failover would
  // lead to one that does not. At least TLS 1.2. The constructors of Pool and AsyncClient read the files,
  // which are PEM; a problem with them throws InvalidOptions. What one side has against the other's
  // certificate is told as `authentication`, at once.
  bool tls = false;
  std::string tls_ca_file;    // authorities to trust; empty: the system's
  std::string tls_cert_file;  // our certificate with its chain, and its key without a passphrase, for servers
  std::string tls_key_file;   // that ask for one
  // Whom the certificate of every node must name, and whom we ask for (SNI). Empty: the name in `master` or
  // `replicas` that led there, so that a certificate has both, or one wildcard. For nodes that the master
  // lists, or that are configured as addresses: the name in `master`; where that is an address, too, each
  // address itself (an IP subject alternative name).
  std::string tls_server_name;
  // False takes any certificate: whoever can redirect the connection can then read and change everything.
  bool tls_verify = true;

  // ---- bounds -------------------------------------------------------------------------------------
  // Pool only: connections kept ready; ≤ max_connections
  std::size_t min_idle = 1;
  // Pool only: to the current master, in use or idle. With `read_from` other than master a Pool has an
  // AsyncClient for these reads: its `pipelines` come on top, and its standbys. 1…10,000
  std::size_t max_connections = 16;
  // Callers (AsyncClient: commands) waiting for a connection; beyond: `overloaded`. 0: nobody waits
  std::size_t max_waiters = 10'000;
  std::size_t max_connecting = 8;  // Pool only: connects under way at one time to one endpoint. 1…1,000
  // AsyncClient only: the connections to the master that all commands share. With more than one, commands
  // that are under way at the same time may overtake each other. 1…64
  std::size_t pipelines = 1;
  std::size_t max_in_flight = 10'000;  // the same: unanswered commands on one of them. 1…1,000,000
  // The same: commands that wait or are unanswered, together; beyond: `overloaded`. 1 KiB…4 GiB - 1
  std::size_t max_queued_bytes = 64U * 1024 * 1024;
  Milliseconds connect_timeout{250};  // TCP connect, TLS and handshake together. 1 ms…60 s
  // A command unanswered for this long is evidence that the master hangs: the name is resolved and the
  // master verified while the caller goes on waiting until its own deadline. An AsyncClient gives a
  // connection up that stays silent for as long again while the master is well: what is in flight there is in
  // doubt. 10 ms…1 h
  Milliseconds silence_timeout{500};
  // An idle connection is asked for its role when it has been idle this long; where none is, one is asked as
  // often, when it is given back. 100 ms…1 h
  Milliseconds idle_check_interval{5'000};
  // Pool only: idle connections above min_idle are closed after this. 0: never; 100 ms…365 days
  Milliseconds max_idle_time{300'000};
  Milliseconds max_lifetime{0};  // a connection is replaced after this, ±10 %. 0: never; 100 ms…365 days

  // ---- what the caller hears ----------------------------------------------------------------------
  EventHandler on_event;  // optional; see event.hpp for the thread it is called on

  // Reads every field above but on_event from a JSON object, by the same names; durations are integers in
  // milliseconds with the suffix `_ms` ("dns_timeout_ms": 250). Unknown and mistyped fields are refused.
  // Throws InvalidOptions. The result is validated.
  [[nodiscard]] static Options from_json(std::string_view text);

  // redis://[user[:password]@]host[:port][/database][?dns=address:port,address:port&name=value…] where the
  // names are those of the JSON form. rediss:// turns `tls` on. Percent-encoding as in RFC 3986. Throws
  // InvalidOptions. Validated.
  [[nodiscard]] static Options from_url(std::string_view url);

  // Throws InvalidOptions for the first field that cannot work. Pool and AsyncClient call it. Files and the
  // environment are not looked at: what is wrong with them, their constructors tell in the same way; of
  // Consul's certificates the event `lookup_failed` tells.
  void validate() const;
};

}  // namespace rediscovery
