#include "support/scripted_dns.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "support/loop_thread.hpp"
#include "support/sockets.hpp"

namespace rediscovery::testing {
namespace {

std::string canonical(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  if (!name.empty() && name.back() == '.') name.pop_back();
  return name;
}

using Key = std::pair<std::string, DnsType>;

// The bytes to send; nothing: silence.
std::optional<std::string> render(const DnsMessage& query, const DnsAction& action) {
  using Kind = DnsAction::Kind;
  if (action.kind == Kind::drop) return std::nullopt;
  if (action.kind == Kind::garbage) return "\xff\xff this is no DNS message";
  DnsMessage reply;
  reply.id = query.id;
  reply.response = true;
  reply.question = query.question;
  reply.code = action.code;
  const bool cut = !query.question.tcp && (action.kind == Kind::truncate || action.kind == Kind::close_tcp);
  reply.truncated = cut;
  if (!cut) {
    reply.answers = action.answers;
    reply.additional = action.additional;
  }
  if (action.kind == Kind::wrong_id) reply.id = static_cast<std::uint16_t>(query.id ^ 0x5555);
  std::string bytes = encode(reply);
  if (action.kind == Kind::half) bytes.resize(bytes.size() / 2);
  return bytes;
}

}  // namespace

DnsAction DnsAction::answer(std::vector<DnsRecord> records, std::vector<DnsRecord> more) {
  DnsAction action;
  action.answers = std::move(records);
  action.additional = std::move(more);
  return action;
}

DnsAction DnsAction::error(DnsCode code) {
  DnsAction action;
  action.code = code;
  return action;
}

DnsAction DnsAction::drop() { return empty().as(Kind::drop); }

DnsAction DnsAction::truncated(std::vector<DnsRecord> records) {
  return answer(std::move(records)).as(Kind::truncate);
}

DnsAction DnsAction::as(Kind new_kind) const {
  DnsAction action = *this;
  action.kind = new_kind;
  return action;
}

DnsAction DnsAction::after(std::chrono::milliseconds new_delay) const {
  DnsAction action = *this;
  action.delay = new_delay;
  return action;
}

class ScriptedDns::Impl {
 public:
  Impl(std::string ip, std::uint16_t port) : ip_(std::move(ip)), port_(port) {
    bind_both();
    if (::listen(tcp_.get(), 64) != 0) throw std::runtime_error("ScriptedDns: cannot listen on " + ip_);
    loop_.watch(udp_.get(), [this] { receive_udp(); });
    loop_.watch(tcp_.get(), [this] { accept_tcp(); });
    loop_.start();
  }
  ~Impl() { loop_.end(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::string ip_;
  std::uint16_t port_;
  mutable std::mutex mutex_;  // guards the rest of this block
  std::map<Key, DnsAction> script_;
  std::shared_ptr<const Handler> handler_;  // shared, not copied: it may have a state
  std::map<Key, std::size_t> counts_;
  std::size_t tcp_count_ = 0;

 private:
  struct Connection {
    FileDescriptor socket;
    std::string received;
  };

  // One port for both; a free UDP port may be taken on TCP.
  void bind_both() {
    for (int attempt = 0;; ++attempt) {
      udp_ = open_socket(SOCK_DGRAM);
      tcp_ = open_socket(SOCK_STREAM);
      bind_socket(udp_, ip_, port_);
      const std::uint16_t port = local_port(udp_);
      try {
        bind_socket(tcp_, ip_, port);
        port_ = port;
        return;
      } catch (const std::runtime_error&) {
        if (port_ != 0 || attempt == 20) throw;
      }
    }
  }

  DnsAction decide(const DnsQuestion& question) {
    std::shared_ptr<const Handler> handler;
    {
      const std::lock_guard lock(mutex_);
      ++counts_[{question.name, question.type}];
      if (question.tcp) ++tcp_count_;
      handler = handler_;
    }
    if (handler) return (*handler)(question);
    const std::lock_guard lock(mutex_);
    const auto found = script_.find({question.name, question.type});
    return found == script_.end() ? DnsAction::nxdomain() : found->second;
  }

  void later(const DnsAction& action, std::function<void()> send) {
    if (action.delay.count() <= 0) {
      send();
    } else {
      loop_.at(LoopThread::Clock::now() + action.delay, std::move(send));
    }
  }

  void receive_udp() {
    std::array<char, 4096> buffer{};
    sockaddr_in from{};
    socklen_t from_length = sizeof from;
    const ssize_t length = ::recvfrom(udp_.get(), buffer.data(), buffer.size(), 0,
                                      reinterpret_cast<sockaddr*>(&from), &from_length);
    if (length < 0) return;
    const auto query = decode({buffer.data(), static_cast<std::size_t>(length)});
    if (!query) return;
    const DnsAction action = decide(query->question);
    later(action, [this, from, reply = render(*query, action)] {
      if (!reply) return;
      ::sendto(udp_.get(), reply->data(), reply->size(), 0, reinterpret_cast<const sockaddr*>(&from),
               sizeof from);
    });
  }

  void accept_tcp() {
    FileDescriptor socket(::accept4(tcp_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.valid()) return;
    const int fd = socket.get();
    const std::size_t id = next_id_++;
    connections_[id].socket = std::move(socket);
    loop_.watch(fd, [this, id] { receive_tcp(id); });
  }

  void close_tcp(std::size_t id) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    loop_.unwatch(found->second.socket.get());
    connections_.erase(found);
  }

  void receive_tcp(std::size_t id) {
    Connection& connection = connections_.at(id);
    std::array<char, 4096> buffer{};
    const ssize_t length = ::recv(connection.socket.get(), buffer.data(), buffer.size(), 0);
    if (length <= 0) return close_tcp(id);
    connection.received.append(buffer.data(), static_cast<std::size_t>(length));
    while (connection.received.size() >= 2) {
      const auto high = static_cast<unsigned char>(connection.received[0]);
      const auto low = static_cast<unsigned char>(connection.received[1]);
      const std::size_t size = static_cast<std::size_t>(high) << 8 | low;
      if (connection.received.size() < size + 2) return;
      auto query = decode(std::string_view(connection.received).substr(2, size));
      connection.received.erase(0, size + 2);
      if (!query) return close_tcp(id);
      query->question.tcp = true;
      const DnsAction action = decide(query->question);
      if (action.kind == DnsAction::Kind::close_tcp) return close_tcp(id);
      later(action, [this, id, reply = render(*query, action)] { send_tcp(id, reply); });
    }
  }

  void send_tcp(std::size_t id, const std::optional<std::string>& reply) {
    const auto found = connections_.find(id);
    if (!reply || found == connections_.end()) return;
    const std::string framed =
        std::string{static_cast<char>(reply->size() >> 8), static_cast<char>(reply->size() & 0xff)} + *reply;
    ::send(found->second.socket.get(), framed.data(), framed.size(), MSG_NOSIGNAL);
  }

  FileDescriptor udp_;
  FileDescriptor tcp_;
  std::map<std::size_t, Connection> connections_;
  std::size_t next_id_ = 0;
  LoopThread loop_;
};

ScriptedDns::ScriptedDns(const std::string& ip, std::uint16_t port)
    : impl_(std::make_unique<Impl>(ip, port)) {}
ScriptedDns::~ScriptedDns() = default;

const std::string& ScriptedDns::ip() const { return impl_->ip_; }
std::uint16_t ScriptedDns::port() const { return impl_->port_; }
std::string ScriptedDns::endpoint() const { return ip() + ":" + std::to_string(port()); }

void ScriptedDns::set(const std::string& name, DnsType type, DnsAction action) {
  const std::lock_guard lock(impl_->mutex_);
  impl_->script_[{canonical(name), type}] = std::move(action);
}

void ScriptedDns::set_addresses(const std::string& name, const std::vector<std::string>& addresses,
                                std::uint32_t ttl) {
  std::vector<DnsRecord> records;
  records.reserve(addresses.size());
  for (const auto& address : addresses) records.push_back(a_record(canonical(name), address, ttl));
  const std::lock_guard lock(impl_->mutex_);
  impl_->script_[{canonical(name), DnsType::a}] = DnsAction::answer(std::move(records));
  impl_->script_[{canonical(name), DnsType::aaaa}] = DnsAction::empty();
  impl_->script_[{canonical(name), DnsType::srv}] = DnsAction::empty();
}

void ScriptedDns::set_handler(Handler handler) {
  const std::lock_guard lock(impl_->mutex_);
  impl_->handler_ = handler ? std::make_shared<const Handler>(std::move(handler)) : nullptr;
}

std::size_t ScriptedDns::queries() const {
  const std::lock_guard lock(impl_->mutex_);
  std::size_t sum = 0;
  for (const auto& [key, count] : impl_->counts_) sum += count;
  return sum;
}

std::size_t ScriptedDns::queries(DnsType type) const {
  const std::lock_guard lock(impl_->mutex_);
  std::size_t sum = 0;
  for (const auto& [key, count] : impl_->counts_) sum += key.second == type ? count : 0;
  return sum;
}

std::size_t ScriptedDns::queries(const std::string& name, DnsType type) const {
  const std::lock_guard lock(impl_->mutex_);
  const auto found = impl_->counts_.find({canonical(name), type});
  return found == impl_->counts_.end() ? 0 : found->second;
}

std::size_t ScriptedDns::tcp_queries() const {
  const std::lock_guard lock(impl_->mutex_);
  return impl_->tcp_count_;
}

void ScriptedDns::reset_counts() {
  const std::lock_guard lock(impl_->mutex_);
  impl_->counts_.clear();
  impl_->tcp_count_ = 0;
}

}  // namespace rediscovery::testing
