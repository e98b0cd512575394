#include "support/address_block.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>
#include <cstddef>
#include <cstring>
#include <stdexcept>

namespace rediscovery::testing {
namespace {

// 127.0.0.0/16 is left alone: that is where the machine's own services live.
constexpr int kFirstA = 64;
constexpr int kBlocksPerA = 256;
constexpr int kBlocks = 64 * kBlocksPerA;

FileDescriptor try_lock(const std::string& id) {
  FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) throw std::runtime_error("cannot create a unix socket to lock an address block");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = "rediscovery-cluster-" + id;
  std::memcpy(address.sun_path + 1, name.data(), name.size());  // the leading zero byte makes it abstract
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) fd.reset();
  return fd;
}

}  // namespace

AddressBlock::AddressBlock() {
  // Processes start their search far apart, so that they do not contend for the same blocks.
  static std::atomic<int> next{static_cast<int>((static_cast<long>(::getpid()) * 37) % kBlocks)};
  for (int attempt = 0; attempt < kBlocks; ++attempt) {
    const int block = next.fetch_add(1) % kBlocks;
    a_ = kFirstA + block / kBlocksPerA;
    b_ = block % kBlocksPerA;
    lock_ = try_lock(id());
    if (lock_.valid()) return;
  }
  throw std::runtime_error(
      "no free block of loopback addresses in 127.64.0.0/10: are thousands of clusters running?");
}

std::string AddressBlock::ip(int host) const {
  if (host < 1 || host > 254) throw std::out_of_range("AddressBlock::ip: host must be 1…254");
  return "127." + std::to_string(a_) + "." + std::to_string(b_) + "." + std::to_string(host);
}

std::string AddressBlock::next_free_ip() { return ip(next_free_++); }

std::string AddressBlock::id() const { return std::to_string(a_) + "-" + std::to_string(b_); }

}  // namespace rediscovery::testing
