#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "support/file_descriptor.hpp"

namespace rediscovery::testing {

/// Small wraps of IPv4 sockets, all close-on-exec and non-blocking. They throw std::runtime_error that names
/// the endpoint.
FileDescriptor open_socket(int type);
void bind_socket(const FileDescriptor& socket, const std::string& ip, std::uint16_t port);
/// Starts connecting; the result shows when the socket gets writable.
void connect_socket(const FileDescriptor& socket, const std::string& ip, std::uint16_t port);
std::uint16_t local_port(const FileDescriptor& socket);

}  // namespace rediscovery::testing
