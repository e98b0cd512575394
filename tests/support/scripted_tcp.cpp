#include "support/scripted_tcp.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include "support/loop_thread.hpp"
#include "support/sockets.hpp"

namespace rediscovery::testing {
namespace {

// Takes one Redis command (an array of bulk strings, or an inline line) from the front of `buffer`.
std::optional<std::vector<std::string>> take_command(std::string& buffer) {
  const auto line_at = [&](std::size_t begin) -> std::optional<std::string> {
    const auto end = buffer.find("\r\n", begin);
    if (end == std::string::npos) return std::nullopt;
    return buffer.substr(begin, end - begin);
  };
  const auto head = line_at(0);
  if (!head) return std::nullopt;
  std::size_t position = head->size() + 2;
  std::vector<std::string> words;
  if (head->empty() || head->front() != '*') {
    words.push_back(*head);
  } else {
    const int count = std::atoi(head->c_str() + 1);
    for (int i = 0; i < count; ++i) {
      const auto size_line = line_at(position);
      if (!size_line || size_line->empty()) return std::nullopt;
      const std::size_t size = std::strtoul(size_line->c_str() + 1, nullptr, 10);
      position += size_line->size() + 2;
      if (buffer.size() < position + size + 2) return std::nullopt;
      words.push_back(buffer.substr(position, size));
      position += size + 2;
    }
  }
  buffer.erase(0, position);
  return words;
}

}  // namespace

class ScriptedTcp::Impl {
 public:
  Impl(std::string ip, std::uint16_t port) : ip_(std::move(ip)), listener_(open_socket(SOCK_STREAM)) {
    bind_socket(listener_, ip_, port);
    if (::listen(listener_.get(), 256) != 0) throw std::runtime_error("ScriptedTcp: cannot listen on " + ip_);
    port_ = local_port(listener_);
    loop_.watch(listener_.get(), [this] { accept(); });
    loop_.start([this] { woken(); });
  }
  ~Impl() { loop_.end(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void close_connections(bool reset) {
    {
      const std::lock_guard lock(mutex_);
      (reset ? reset_below_ : close_below_) = next_id_;
    }
    loop_.wake();
  }

  void publish(std::string bytes) {
    {
      const std::lock_guard lock(mutex_);
      to_publish_ += bytes;
    }
    loop_.wake();
  }

  std::string ip_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;                // guards the rest of this block
  std::shared_ptr<const Handler> handler_;  // shared, not copied: it may have a state
  std::shared_ptr<const CommandHandler> command_handler_;
  std::size_t next_id_ = 0;
  std::size_t connected_ = 0;
  std::size_t close_below_ = 0;  // connections to be closed, by their ids
  std::size_t reset_below_ = 0;
  std::string received_;
  std::size_t subscribed_ = 0;
  std::string to_publish_;

 private:
  struct Connection {
    FileDescriptor socket;
    std::string unparsed;
    bool subscribed = false;
  };

  void accept() {
    FileDescriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.valid()) return;
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const int fd = socket.get();
    std::size_t id = 0;
    {
      const std::lock_guard lock(mutex_);
      id = next_id_++;
      ++connected_;
    }
    connections_[id].socket = std::move(socket);
    loop_.watch(fd, [this, id] { receive(id); });
  }

  void close(std::size_t id, bool reset = false) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    loop_.unwatch(found->second.socket.get());
    if (reset) {
      const linger now{1, 0};
      ::setsockopt(found->second.socket.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    {
      // Before the peer can see it, so that a test which sees it finds the right number.
      const std::lock_guard lock(mutex_);
      --connected_;
      if (found->second.subscribed) --subscribed_;
    }
    connections_.erase(found);
  }

  void woken() {
    std::string bytes;
    {
      const std::lock_guard lock(mutex_);
      bytes.swap(to_publish_);
    }
    for (const auto& [id, connection] : connections_) {
      if (!connection.subscribed || bytes.empty()) continue;
      ::send(connection.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    close_all();
  }

  void close_all() {
    std::size_t close_below = 0;
    std::size_t reset_below = 0;
    {
      const std::lock_guard lock(mutex_);
      close_below = close_below_;
      reset_below = reset_below_;
    }
    while (!connections_.empty()) {
      const std::size_t id = connections_.begin()->first;
      if (id >= std::max(close_below, reset_below)) return;
      close(id, id < reset_below);
    }
  }

  void receive(std::size_t id) {
    std::array<char, 65536> buffer{};
    const ssize_t length = ::recv(connections_.at(id).socket.get(), buffer.data(), buffer.size(), 0);
    if (length <= 0) return close(id);
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(length));
    std::shared_ptr<const Handler> handler;
    std::shared_ptr<const CommandHandler> command_handler;
    {
      const std::lock_guard lock(mutex_);
      received_ += bytes;
      handler = handler_;
      command_handler = command_handler_;
    }
    if (handler) return perform(id, (*handler)(bytes));
    if (!command_handler) return;
    connections_.at(id).unparsed += bytes;
    while (connections_.contains(id)) {
      const auto command = take_command(connections_.at(id).unparsed);
      if (!command) return;
      perform(id, (*command_handler)(*command));
    }
  }

  void perform(std::size_t id, const TcpAction& action) {
    const auto act = [this, id, action] {
      const auto found = connections_.find(id);
      if (found == connections_.end()) return;
      if (action.pace.count() > 0) return drip(id, action, 0);
      if (!action.bytes.empty()) {
        ::send(found->second.socket.get(), action.bytes.data(), action.bytes.size(), MSG_NOSIGNAL);
      }
      if (action.subscribe && !std::exchange(found->second.subscribed, true)) {
        const std::lock_guard lock(mutex_);
        ++subscribed_;
      }
      if (action.close) close(id);
    };
    if (action.delay.count() <= 0) {
      act();
    } else {
      loop_.at(LoopThread::Clock::now() + action.delay, act);
    }
  }

  // The bytes from `next` on.
  void drip(std::size_t id, const TcpAction& action, std::size_t next) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    if (next == action.bytes.size()) {
      if (action.close) close(id);
      return;
    }
    ::send(found->second.socket.get(), action.bytes.data() + next, 1, MSG_NOSIGNAL);
    loop_.at(LoopThread::Clock::now() + action.pace,
             [this, id, action, next] { drip(id, action, next + 1); });
  }

  FileDescriptor listener_;
  std::map<std::size_t, Connection> connections_;
  LoopThread loop_;
};

ScriptedTcp::ScriptedTcp(const std::string& ip, std::uint16_t port)
    : impl_(std::make_unique<Impl>(ip, port)) {}
ScriptedTcp::~ScriptedTcp() = default;

const std::string& ScriptedTcp::ip() const { return impl_->ip_; }
std::uint16_t ScriptedTcp::port() const { return impl_->port_; }
std::string ScriptedTcp::endpoint() const { return ip() + ":" + std::to_string(port()); }

void ScriptedTcp::set_handler(Handler handler) {
  const std::lock_guard lock(impl_->mutex_);
  impl_->handler_ = handler ? std::make_shared<const Handler>(std::move(handler)) : nullptr;
  impl_->command_handler_ = nullptr;
}

void ScriptedTcp::set_command_handler(CommandHandler handler) {
  const std::lock_guard lock(impl_->mutex_);
  impl_->command_handler_ = handler ? std::make_shared<const CommandHandler>(std::move(handler)) : nullptr;
  impl_->handler_ = nullptr;
}

void ScriptedTcp::answer_every_line(std::string bytes) {
  set_handler([bytes = std::move(bytes)](std::string_view received) {
    TcpAction action;
    const auto lines = std::count(received.begin(), received.end(), '\n');
    for (auto line = lines; line > 0; --line) action.bytes += bytes;
    return action;
  });
}

void ScriptedTcp::answer_every_command(std::string bytes) {
  set_command_handler(
      [bytes = std::move(bytes)](const std::vector<std::string>&) { return TcpAction{bytes}; });
}

void ScriptedTcp::publish(std::string bytes) { impl_->publish(std::move(bytes)); }

void ScriptedTcp::close_connections(bool reset) { impl_->close_connections(reset); }

std::size_t ScriptedTcp::accepted() const {
  const std::lock_guard lock(impl_->mutex_);
  return impl_->next_id_;
}

std::size_t ScriptedTcp::connected() const {
  const std::lock_guard lock(impl_->mutex_);
  return impl_->connected_;
}

std::size_t ScriptedTcp::subscribed() const {
  const std::lock_guard lock(impl_->mutex_);
  return impl_->subscribed_;
}

std::string ScriptedTcp::received() const {
  const std::lock_guard lock(impl_->mutex_);
  return impl_->received_;
}

}  // namespace rediscovery::testing
