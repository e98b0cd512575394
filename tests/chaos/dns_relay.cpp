#include "chaos/dns_relay.hpp"

#include "support/dns_client.hpp"
#include "support/wait.hpp"

namespace rediscovery::chaos {

using testing::DnsAction;
using testing::DnsQuestion;
using namespace std::chrono_literals;

DnsRelay::DnsRelay(const std::string& ip, testing::Consul& consul) : consul_(consul), server_(ip) {
  server_.set_handler([this](const DnsQuestion& question) { return answer(question); });
}

void DnsRelay::spoil(FaultKind kind) {
  const std::lock_guard lock(mutex_);
  spoiled_ = true;
  kind_ = kind;
}

void DnsRelay::heal() {
  const std::lock_guard lock(mutex_);
  spoiled_ = false;
}

DnsAction DnsRelay::answer(const DnsQuestion& question) {
  const std::string key = question.name + to_string(question.type);
  {
    const std::lock_guard lock(mutex_);
    if (spoiled_ && kind_ == FaultKind::dns_stale && last_.contains(key)) return last_[key];
  }
  DnsAction action = ask_consul(question);
  const std::lock_guard lock(mutex_);
  if (!spoiled_) {
    if (action.kind == DnsAction::Kind::answer) last_[key] = action;
    return action;
  }
  switch (kind_) {
    case FaultKind::dns_garbage:
      return action.as(DnsAction::Kind::garbage);
    case FaultKind::dns_servfail:
      return DnsAction::servfail();
    case FaultKind::dns_nxdomain:
      return DnsAction::nxdomain();
    case FaultKind::dns_empty:
      return DnsAction::empty();
    case FaultKind::dns_truncated:
      return action.as(DnsAction::Kind::truncate);
    case FaultKind::dns_half:
      return action.as(DnsAction::Kind::half);
    case FaultKind::dns_wrong_id:
      return action.as(DnsAction::Kind::wrong_id);
    case FaultKind::dns_slow:
      return action.after(200ms);
    default:
      return DnsAction::drop();
  }
}

DnsAction DnsRelay::ask_consul(const DnsQuestion& question) {
  try {
    const auto message =
        testing::dns_query(consul_.ip(), testing::Consul::kDnsPort, question.name, question.type, 200ms);
    DnsAction action;
    action.code = message.code;
    action.answers = message.answers;
    action.additional = message.additional;
    return action;
  } catch (const std::exception&) {  // no answer in time, or none that can be read
    return DnsAction::drop();
  }
}

}  // namespace rediscovery::chaos
