#include "config.hpp"

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>

namespace st_api {
namespace {

using Setter = std::function<void(const std::string& value)>;

long number(const std::string& option, const std::string& text, long least, long most) {
  long value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stopped != end || value < least || value > most) {
    throw UsageError(option + ": \"" + text + "\" is not a number from " + std::to_string(least) + " to " +
                     std::to_string(most));
  }
  return value;
}

// host:port; a host with colons stands in brackets.
void split_listen(const std::string& text, Config& config) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) {
    throw UsageError("--listen: \"" + text + "\" is not address:port, e.g. 127.0.0.1:8080");
  }
  config.host = text.substr(0, colon);
  if (config.host.front() == '[' && config.host.back() == ']') {
    config.host = config.host.substr(1, config.host.size() - 2);
  }
  config.port = static_cast<std::uint16_t>(number("--listen", text.substr(colon + 1), 0, 65535));
}

// From a file or the environment, but not from the command line: that is for everybody on the machine to see.
std::string read_secret(const std::string& file) {
  std::string secret;
  if (!file.empty()) {
    std::ifstream in(file);
    if (!std::getline(in, secret)) throw UsageError("--secret-file: cannot read a line from " + file);
  } else if (const char* variable = std::getenv("ST_API_SECRET")) {
    secret = variable;
  }
  constexpr std::size_t kShortest = 16;
  if (secret.size() < kShortest) {
    throw UsageError(
        "a secret of at least 16 characters is needed to sign URLs: "
        "give it in a file (--secret-file) or in the environment variable ST_API_SECRET");
  }
  return secret;
}

void complete(Config& config, const std::string& secret_file) {
  config.secret = read_secret(secret_file);
  if (const char* password = std::getenv("ST_API_REDIS_PASSWORD")) config.redis.password = password;
  if (config.redis.client_name.empty()) config.redis.client_name = "st-api";
  try {
    config.redis.validate();
  } catch (const rediscovery::InvalidOptions& problem) {
    throw UsageError(std::string("Redis: ") + problem.what());
  }
}

}  // namespace

Config parse_command_line(const std::vector<std::string>& arguments) {
  Config config;
  std::string secret_file;
  const std::map<std::string, Setter> options = {
      {"--listen", [&](const auto& v) { split_listen(v, config); }},
      {"--threads",
       [&](const auto& v) { config.threads = static_cast<std::size_t>(number("--threads", v, 1, 1000)); }},
      {"--deadline-ms",
       [&](const auto& v) {
         config.deadline = std::chrono::milliseconds(number("--deadline-ms", v, 1, 60'000));
       }},
      {"--redis", [&](const auto& v) { config.redis.master = v; }},
      {"--redis-replicas", [&](const auto& v) { config.redis.replicas = v; }},
      {"--dns", [&](const auto& v) { config.redis.dns_servers.push_back(v); }},
      {"--consul", [&](const auto& v) { config.redis.consul_http.push_back(v); }},
      {"--redis-user", [&](const auto& v) { config.redis.username = v; }},
      {"--connections",
       [&](const auto& v) {
         config.redis.max_connections = static_cast<std::size_t>(number("--connections", v, 1, 1000));
       }},
      {"--secret-file", [&](const auto& v) { secret_file = v; }},
      {"--url-base", [&](const auto& v) { config.url_base = v; }},
      {"--url-lifetime-s",
       [&](const auto& v) {
         config.url_lifetime = std::chrono::seconds(number("--url-lifetime-s", v, 1, 86'400));
       }},
      {"--events", [&](const auto& v) { config.event_file = v; }},
  };
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--help" || arguments[i] == "-h") {
      config.help = true;
      return config;
    }
    // Both --name value and --name=value.
    const auto equals = arguments[i].find('=');
    const std::string name = arguments[i].substr(0, equals);
    const auto option = options.find(name);
    if (option == options.end()) throw UsageError("unknown option " + name);
    if (equals != std::string::npos) {
      option->second(arguments[i].substr(equals + 1));
    } else if (++i < arguments.size()) {
      option->second(arguments[i]);
    } else {
      throw UsageError(name + " needs a value");
    }
  }
  complete(config, secret_file);
  return config;
}

std::string help_text() {
  return R"(st-api issues signed playback URLs. Purchases and playback sessions are in Redis.

Usage:
  st-api --redis NAME --dns ADDRESS:PORT --secret-file FILE [option…]

Redis:
  --redis NAME          DNS name of the Redis master, e.g. master.service.consul; or address:port
  --redis-replicas NAME the same for the replicas: with a warm connection to each, a promotion is noticed at once
  --dns ADDRESS:PORT    DNS server to ask for them; may be given several times
  --consul URL          Consul's HTTP API, to be told of a new master at once; may be given several times
  --redis-user USER     user to log in as; the password is in the environment variable ST_API_REDIS_PASSWORD
  --connections N       most connections to Redis                               (16)

HTTP:
  --listen ADDRESS:PORT where to listen; port 0: any free one                   (127.0.0.1:8080)
  --threads N           requests under way at one time                          (128)
  --deadline-ms N       for all that one request asks of Redis                  (3000)

URLs:
  --secret-file FILE    its first line signs the URLs; or set the environment variable ST_API_SECRET
  --url-base URL        what they begin with                                    (https://cdn.example.net)
  --url-lifetime-s N    how long they are valid                                 (300)

  --events FILE         append the Redis pool's events as JSON lines; "-": standard output

It answers:
  GET /playback/CONTENT?user=USER&device=tv|phone|tablet|web&quality=sd|hd|uhd
      200 {"session", "url", "expires"}    400 bad request    403 not purchased
      503 Redis cannot be reached; "executed" says whether a session may have been written: no or maybe
  GET /status
      200 Redis can be written    503 it cannot

SIGTERM and SIGINT end it when the requests under way are answered.
)";
}

}  // namespace st_api
