// Looks names up at the given DNS servers, on an event loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <ares.h>
#include <uv.h>

#include "core/resolve_fsm.hpp"

namespace rediscovery::dns {

struct ResolverOptions {
  std::vector<core::Endpoint> servers;     // at least one; never the system's
  std::chrono::milliseconds timeout{250};  // the longest that one server may take for an answer
  std::uint16_t default_port = 6379;       // where only addresses are answered
};

// c-ares on libuv: EDNS, TCP when an answer is truncated, the next server when one fails. Nothing is cached:
// how long an answer counts is decided elsewhere. Loop thread only; one look-up at a time.
class Resolver {
 public:
  using Callback = std::function<void(core::LookupResult)>;

  // Throws std::runtime_error if c-ares cannot start.
  Resolver(uv_loop_t* loop, const ResolverOptions& options);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Asks for SRV, A and AAAA at once, or first for SRV alone if the name had one last time. SRV records win,
  // as they carry ports; their targets' addresses are taken from the answer or asked for. The callback is
  // called exactly once, never before lookup() returns, and never after cancel() or destruction. Requires
  // that no other look-up is under way.
  void lookup(const std::string& name, Callback done);
  void cancel();

 private:
  struct Lookup;
  struct Query;
  struct Watch;

  void ask(const std::string& name, ares_dns_rec_type_t type, std::uint16_t port);
  void answered(const Query& query, ares_status_t status, const ares_dns_record_t* record);
  void ask_for_addresses();
  void add_problem(const Query& query, ares_status_t status);
  void add_service_targets(const ares_dns_record_t* record);
  void add_addresses(const Query& query, const ares_dns_record_t* record);
  void finish_if_complete();
  void deliver();
  void watch(ares_socket_t socket, bool readable, bool writable);
  void arm_timer();

  ResolverOptions options_;
  std::string servers_;  // for messages
  // Whose last answer was SRV: its addresses are asked for only if there is none now.
  std::string service_name_;
  uv_loop_t* loop_;
  ares_channel_t* channel_ = nullptr;
  std::unordered_map<ares_socket_t, Watch*> watches_;
  uv_timer_t* timeout_;  // c-ares' next time-out; freed by libuv's close callback
  uv_timer_t* deliver_;  // hands the result over from the loop; the same
  std::uint64_t lookups_ = 0;
  std::unique_ptr<Lookup> lookup_;
};

}  // namespace rediscovery::dns
