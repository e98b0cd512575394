#include "consul_proxy.hpp"

#include <cstdlib>
#include <utility>

namespace rediscovery::testing {
namespace {

// The length of the first request in `bytes`, once it is there as a whole.
std::optional<std::size_t> whole_request(const std::string& bytes) {
  const auto head = bytes.find("\r\n\r\n");
  if (head == std::string::npos) return std::nullopt;
  std::size_t length = head + 4;
  const auto field = bytes.find("Content-Length: ");
  if (field < head) length += std::strtoul(bytes.c_str() + field + 16, nullptr, 10);
  return bytes.size() < length ? std::nullopt : std::optional(length);
}

ConsulProxy::Request parse(const std::string& bytes) {
  const auto first = bytes.find(' ');
  const auto second = bytes.find(' ', first + 1);
  return {bytes.substr(0, first), bytes.substr(first + 1, second - first - 1),
          bytes.substr(bytes.find("\r\n\r\n") + 4)};
}

}  // namespace

TcpAction http_answer(const std::string& status, const std::string& body) {
  return {"HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\nConnection: close\r\n\r\n" + body,
          true};
}

ConsulProxy::ConsulProxy(AddressBlock& addresses, const Consul& consul)
    : consul_(consul), server_(addresses.next_free_ip(), Consul::kHttpPort) {
  server_.set_handler([this](std::string_view bytes) { return receive(bytes); });
}

void ConsulProxy::set_hooks(Hooks hooks) {
  const std::lock_guard lock(mutex_);
  hooks_ = std::move(hooks);
}

TcpAction ConsulProxy::receive(std::string_view bytes) {
  // A new request on a new connection: what a killed updater has left is nobody's.
  if (bytes.starts_with("GET ") || bytes.starts_with("PUT ")) unparsed_.clear();
  unparsed_ += bytes;
  const auto length = whole_request(unparsed_);
  if (!length) return {};
  const Request request = parse(unparsed_.substr(0, *length));
  unparsed_.erase(0, *length);
  // Held until Consul has answered: who sets other hooks finds everything done that was on its way.
  const std::lock_guard lock(mutex_);
  if (auto instead = hooks_.before(request)) return *std::move(instead);
  const auto reply = consul_.request(request.method, request.path, request.body);
  hooks_.after(request);
  return http_answer(std::to_string(reply.status) + " As Consul Says", reply.body);
}

}  // namespace rediscovery::testing
