#include "dns/resolver.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

#include "dns/answer.hpp"

namespace rediscovery::dns {
namespace {

// What DNS Flag Day 2020 recommends: large enough for the answers in question, small enough not to be
// fragmented. Without EDNS, Consul answers with three records at random.
constexpr int kEdnsPayload = 1232;
// Every server is asked twice before a look-up fails: a lost datagram is not an outage.
constexpr int kTries = 2;
constexpr std::size_t kMostSrvTargets = 64;
// Each is a candidate, and so a connect: nobody has this many masters.
constexpr std::size_t kMostEndpoints = 64;

void free_timer(uv_timer_t* timer) {
  uv_close(reinterpret_cast<uv_handle_t*>(timer),
           [](uv_handle_t* handle) { delete reinterpret_cast<uv_timer_t*>(handle); });
}

// By the names that people know from dig, where there is one.
std::string describe(ares_status_t status) {
  switch (status) {
    case ARES_ENODATA:
      return "no usable record";
    case ARES_ENOTFOUND:
      return "NXDOMAIN";
    case ARES_ESERVFAIL:
      return "SERVFAIL";
    case ARES_EREFUSED:
      return "REFUSED";
    default:
      return ares_strerror(static_cast<int>(status));
  }
}

uv_timer_t* new_timer(uv_loop_t* loop, void* data) {
  auto* timer = new uv_timer_t{};
  uv_timer_init(loop, timer);
  timer->data = data;
  return timer;
}

}  // namespace

// c-ares gives no more than one pointer back; this is what it points to, until the answer or the
// cancellation.
struct Resolver::Query {
  Resolver* resolver;
  std::uint64_t lookup;
  ares_dns_rec_type_t type;
  std::uint16_t port;  // of the SRV record whose target is asked for; 0 for the name itself
  int number;          // within its look-up
};

struct Resolver::Lookup {
  std::string name;
  Callback done;
  int asked = 0;         // queries
  int open = 0;          // of these, under way
  int open_service = 0;  // of these, for SRV and for the addresses of its targets
  bool asked_for_addresses = false;
  std::vector<core::Endpoint> by_service;
  std::vector<core::Endpoint> by_address;
  core::Duration service_ttl = core::Duration::max();
  core::Duration address_ttl = core::Duration::max();
  bool failed = false;            // some query was not answered, or not by yes or no
  bool service_failed = false;    // one of those counted in open_service
  core::Duration negative_ttl{};  // the longest: another type's may be about a name that has other records
  // The query's that is asked first among those that failed, in whatever order they did: an outage that goes
  // on is to be told in the same words each time. "No data" for one type is normal; anything else says more.
  std::string problem;
  std::pair<bool, int> problem_rank{true, std::numeric_limits<int>::max()};
};

struct Resolver::Watch {
  uv_poll_t poll;
  Resolver* resolver;
  ares_socket_t socket;
};

Resolver::Resolver(uv_loop_t* loop, const ResolverOptions& options) : options_(options), loop_(loop) {
  for (const auto& server : options.servers) servers_ += (servers_.empty() ? "" : ",") + server.to_string();

  ares_options ares{};
  ares.flags = ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
  // The first is for a server that nothing is known of yet. Then it has five times its mean, 250 ms at least,
  // and twice that on the second round; the other one bounds all of these.
  ares.timeout = static_cast<int>(options.timeout.count());
  ares.maxtimeout = ares.timeout;
  ares.tries = kTries;
  ares.ednspsz = kEdnsPayload;
  ares.qcache_max_ttl = 0;
  // Nothing of the system's: `rotate` would ask the servers in any order.
  char no_file[] = "/dev/null";
  ares.resolvconf_path = no_file;
  char lookups[] = "b";
  ares.lookups = lookups;
  ares.sock_state_cb = [](void* self, ares_socket_t socket, int readable, int writable) {
    static_cast<Resolver*>(self)->watch(socket, readable != 0, writable != 0);
  };
  ares.sock_state_cb_data = this;
  const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_MAXTIMEOUTMS | ARES_OPT_TRIES |
                   ARES_OPT_EDNSPSZ | ARES_OPT_QUERY_CACHE | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB |
                   ARES_OPT_NOROTATE | ARES_OPT_RESOLVCONF;
  int status = ares_init_options(&channel_, &ares, mask);
  if (status == ARES_SUCCESS) {
    status = ares_set_servers_ports_csv(channel_, servers_.c_str());
    if (status != ARES_SUCCESS) ares_destroy(channel_);
  }
  if (status != ARES_SUCCESS)
    throw std::runtime_error(std::string("c-ares cannot start: ") + ares_strerror(status));
  timeout_ = new_timer(loop, this);
  deliver_ = new_timer(loop, this);
}

Resolver::~Resolver() {
  lookup_.reset();
  ares_destroy(channel_);
  free_timer(timeout_);
  free_timer(deliver_);
}

void Resolver::lookup(const std::string& name, Callback done) {
  ares_cancel(channel_);  // queries that the look-up before did not need to wait for
  lookup_ = std::make_unique<Lookup>();
  lookup_->name = name;
  lookup_->done = std::move(done);
  ++lookups_;
  lookup_->open = 1;  // c-ares may answer at once, and the look-up must not be over before the last query
  ask(name, ARES_REC_TYPE_SRV, 0);
  if (name != service_name_) ask_for_addresses();
  --lookup_->open;
  finish_if_complete();
  arm_timer();
}

void Resolver::ask_for_addresses() {
  lookup_->asked_for_addresses = true;
  ++lookup_->open;  // as above
  for (const auto type : {ARES_REC_TYPE_A, ARES_REC_TYPE_AAAA}) ask(lookup_->name, type, 0);
  --lookup_->open;
}

void Resolver::cancel() {
  lookup_.reset();
  uv_timer_stop(deliver_);
  ares_cancel(channel_);
}

void Resolver::ask(const std::string& name, ares_dns_rec_type_t type, std::uint16_t port) {
  const auto done = [](void* argument, ares_status_t status, std::size_t, const ares_dns_record_t* record) {
    const std::unique_ptr<Query> query(static_cast<Query*>(argument));
    // Answers of a look-up that was cancelled come here too, while c-ares is being emptied.
    if (query->resolver->lookup_ && query->resolver->lookups_ == query->lookup) {
      query->resolver->answered(*query, status, record);
    }
  };
  ++lookup_->open;
  if (type == ARES_REC_TYPE_SRV || port != 0) ++lookup_->open_service;
  ares_query_dnsrec(channel_, name.c_str(), ARES_CLASS_IN, type, done,
                    new Query{this, lookups_, type, port, lookup_->asked++}, nullptr);
}

void Resolver::answered(const Query& query, ares_status_t status, const ares_dns_record_t* record) {
  if (status == ARES_SUCCESS && query.type == ARES_REC_TYPE_SRV) {
    add_service_targets(record);
  } else if (status == ARES_SUCCESS) {
    add_addresses(query, record);
  } else {
    add_problem(query, status);
    if (record != nullptr) lookup_->negative_ttl = std::max(lookup_->negative_ttl, read_negative_ttl(record));
  }
  // After what it led to was asked: a query may fail at once, and must not look like the last.
  --lookup_->open;
  if (query.type == ARES_REC_TYPE_SRV || query.port != 0) --lookup_->open_service;
  finish_if_complete();
}

void Resolver::add_problem(const Query& query, ares_status_t status) {
  if (status != ARES_ENODATA && status != ARES_ENOTFOUND) {
    lookup_->failed = true;
    if (query.type == ARES_REC_TYPE_SRV || query.port != 0) lookup_->service_failed = true;
  }
  const std::pair rank(status == ARES_ENODATA, query.number);
  if (rank >= lookup_->problem_rank) return;
  lookup_->problem_rank = rank;
  lookup_->problem = describe(status) + " for " + lookup_->name + " at " + servers_;
}

void Resolver::add_service_targets(const ares_dns_record_t* record) {
  auto targets = read_service_targets(record);
  if (targets.size() > kMostSrvTargets) targets.resize(kMostSrvTargets);
  for (const auto& target : targets) {
    lookup_->service_ttl = std::min(lookup_->service_ttl, target.ttl);
    for (const auto& address : target.addresses) {
      lookup_->by_service.push_back({address, target.port, lookup_->name});
    }
    if (!target.addresses.empty()) continue;
    for (const auto type : {ARES_REC_TYPE_A, ARES_REC_TYPE_AAAA}) ask(target.target, type, target.port);
  }
}

void Resolver::add_addresses(const Query& query, const ares_dns_record_t* record) {
  const bool of_target = query.port != 0;
  auto& endpoints = of_target ? lookup_->by_service : lookup_->by_address;
  auto& shortest = of_target ? lookup_->service_ttl : lookup_->address_ttl;
  for (const auto& found : read_addresses(record)) {
    endpoints.push_back({found.address, of_target ? query.port : options_.default_port, lookup_->name});
    shortest = std::min(shortest, found.ttl);
  }
}

void Resolver::finish_if_complete() {
  if (!lookup_) return;
  // Once SRV has told everything, there is no need to wait for the others.
  const bool enough = !lookup_->by_service.empty() && lookup_->open_service == 0;
  if (lookup_->open > 0 && !enough) return;
  // A service whose records are not answered is none that has lost them: its addresses, with a port that is
  // not theirs, may be somebody else's.
  if (!enough && !lookup_->asked_for_addresses && !lookup_->service_failed) {
    ask_for_addresses();
    return finish_if_complete();
  }
  // From the loop's next turn, because this may be in the middle of lookup().
  uv_timer_start(
      deliver_, [](uv_timer_t* timer) { static_cast<Resolver*>(timer->data)->deliver(); }, 0, 0);
}

void Resolver::deliver() {
  if (!lookup_) return;
  const std::unique_ptr<Lookup> lookup = std::move(lookup_);
  const bool service = !lookup->by_service.empty();
  const bool is_unknown = lookup->service_failed && lookup->name == service_name_;
  if (!is_unknown) service_name_ = service ? lookup->name : "";
  core::LookupResult result;
  result.endpoints = std::move(service ? lookup->by_service : lookup->by_address);
  result.ttl = service ? lookup->service_ttl : lookup->address_ttl;
  // Consul shuffles its answers; the order means nothing to us, and equal answers must compare equal.
  std::sort(result.endpoints.begin(), result.endpoints.end());
  result.endpoints.erase(std::unique(result.endpoints.begin(), result.endpoints.end()),
                         result.endpoints.end());
  if (result.endpoints.size() > kMostEndpoints) result.endpoints.resize(kMostEndpoints);
  if (result.endpoints.empty()) {
    result.ttl = lookup->failed ? core::Duration::zero() : lookup->negative_ttl;
    result.problem = lookup->problem.empty()
                         ? describe(ARES_ENODATA) + " for " + lookup->name + " at " + servers_
                         : lookup->problem;
  }
  lookup->done(std::move(result));
}

void Resolver::watch(ares_socket_t socket, bool readable, bool writable) {
  auto found = watches_.find(socket);
  if (!readable && !writable) {
    if (found == watches_.end()) return;
    Watch* watch = found->second;
    watches_.erase(found);
    uv_close(reinterpret_cast<uv_handle_t*>(&watch->poll),
             [](uv_handle_t* handle) { delete static_cast<Watch*>(handle->data); });
    return;
  }
  if (found == watches_.end()) {
    auto* watch = new Watch{{}, this, socket};
    if (uv_poll_init_socket(loop_, &watch->poll, socket) != 0) {
      delete watch;  // the query then ends with c-ares' own time-out
      return;
    }
    watch->poll.data = watch;
    found = watches_.emplace(socket, watch).first;
  }
  const int events = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
  uv_poll_start(&found->second->poll, events, [](uv_poll_t* poll, int status, int ready) {
    auto* watch = static_cast<Watch*>(poll->data);
    Resolver* self = watch->resolver;
    // An error on the socket is found by trying to read it.
    const bool failed = status != 0;
    ares_process_fd(self->channel_, failed || (ready & UV_READABLE) != 0 ? watch->socket : ARES_SOCKET_BAD,
                    failed || (ready & UV_WRITABLE) != 0 ? watch->socket : ARES_SOCKET_BAD);
    self->arm_timer();
  });
}

void Resolver::arm_timer() {
  timeval time{};
  if (ares_timeout(channel_, nullptr, &time) == nullptr) {
    uv_timer_stop(timeout_);
    return;
  }
  // At least a millisecond: a shorter wait rounded down to nothing would spin.
  const auto wait =
      static_cast<std::uint64_t>(time.tv_sec) * 1000 + static_cast<std::uint64_t>(time.tv_usec) / 1000 + 1;
  uv_update_time(loop_);
  uv_timer_start(
      timeout_,
      [](uv_timer_t* timer) {
        auto* self = static_cast<Resolver*>(timer->data);
        ares_process_fd(self->channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
        self->arm_timer();
      },
      wait, 0);
}

}  // namespace rediscovery::dns
