// What st-api is told at its start.
#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include <rediscovery/options.hpp>

namespace st_api {

struct Config {
  bool help = false;

  // HTTP
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  std::size_t threads = 128;                 // requests under way at one time
  std::chrono::milliseconds deadline{3000};  // for all that one request asks of Redis

  // Redis
  rediscovery::Options redis;

  // what is issued
  std::string url_base = "https://cdn.example.net";
  std::string secret;                      // signs the URLs
  std::chrono::seconds url_lifetime{300};  // the player must begin within
  std::chrono::seconds session_lifetime{4 * 3600};

  std::string event_file;  // empty: none; "-": standard output
};

// The message says which option is wrong, and what is expected.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Reads the options and the secret they name. Throws UsageError.
Config parse_command_line(const std::vector<std::string>& arguments);

std::string help_text();

}  // namespace st_api
