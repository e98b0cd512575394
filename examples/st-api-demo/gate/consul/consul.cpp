#include "consul.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "consul/base64.hpp"
#include "net/address.hpp"

namespace st_gate {
namespace {

using Json = nlohmann::json;

std::string escape(const std::string& text) {
  const std::unique_ptr<char, decltype(&curl_free)> escaped(
      curl_easy_escape(nullptr, text.c_str(), static_cast<int>(text.size())), curl_free);
  return escaped ? escaped.get() : "";
}

std::string key_path(const std::string& key) {
  std::string path;
  for (std::size_t from = 0; from <= key.size();) {
    const auto slash = std::min(key.find('/', from), key.size());
    path += "/" + escape(key.substr(from, slash - from));
    from = slash + 1;
  }
  return "/v1/kv" + path;
}

std::uint64_t index_of(const HttpAnswer& answer) {
  const std::string text = answer.header("x-consul-index");
  if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos) return 0;
  return std::stoull(text.substr(0, 19));
}

// Runs `read`, and says of what is wrong with the answer that it is Consul's.
template <typename Read>
auto parsed(const std::string& what, Read read) -> decltype(read()) {
  try {
    return read();
  } catch (const std::exception&) {
    throw ConsulError("Consul's answer about " + what + " cannot be understood");
  }
}

Health worst(const Json& checks) {
  Health health = Health::passing;
  for (const auto& check : checks) {
    const std::string status = check.at("Status");
    if (status == "passing") continue;
    health = std::max(health, status == "warning" ? Health::warning : Health::critical);
  }
  return health;
}

std::string first_of(std::initializer_list<std::string> texts) {
  return *std::find_if(texts.begin(), texts.end() - 1, [](const std::string& text) { return !text.empty(); });
}

Instance read_instance(const Json& entry) {
  const Json& service = entry.at("Service");
  const Json meta = service.value("Meta", Json::object());
  Instance instance;
  instance.id = service.at("ID");
  instance.node = entry.at("Node").at("Node");
  instance.address = canonical_address(
      first_of({meta.is_object() ? meta.value("public_address", "") : "", service.value("Address", ""),
                entry.at("Node").at("Address").get<std::string>()}));
  instance.health = worst(entry.at("Checks"));
  return instance;
}

KvEntry read_entry(const Json& entry) {
  const Json& value = entry.at("Value");
  return {value.is_null() ? "" : decode_base64(value.get<std::string>()), entry.at("ModifyIndex")};
}

}  // namespace

std::vector<Instance> parse_health(const std::string& body) {
  return parsed("the service's health", [&body] {
    std::vector<Instance> instances;
    for (const auto& entry : Json::parse(body)) instances.push_back(read_instance(entry));
    return instances;
  });
}

std::uint64_t next_index(std::uint64_t before, std::uint64_t now) {
  return now < before ? 0 : std::max<std::uint64_t>(now, 1);
}

ConsulClient::ConsulClient(ConsulSettings settings)
    : settings_(std::move(settings)), http_(settings_.ca_file) {}

HttpAnswer ConsulClient::ask(const std::string& method, const std::string& path, const std::string& body,
                             Millis timeout) {
  HttpRequest request{method, settings_.url + path, {}, body, timeout};
  std::string token = settings_.token;
  if (!settings_.token_file.empty()) {
    std::ifstream file(settings_.token_file);
    if (!std::getline(file, token)) throw ConsulError("no token can be read from " + settings_.token_file);
  }
  if (!token.empty()) request.headers.push_back("X-Consul-Token: " + token);
  HttpAnswer answer;
  try {
    answer = http_.send(request);
  } catch (const HttpError& problem) {
    throw ConsulError("Consul at " + settings_.url + " does not answer: " + problem.what());
  }
  if (answer.status == 200 || answer.status == 404) return answer;
  if (answer.status == 403) {
    throw ConsulError("Consul refuses " + method + " " + path.substr(0, path.find('?')) +
                      ": the token needs node:read, service:read, and key:write below the prefix");
  }
  const bool no_leader = answer.body.find("eader") != std::string::npos;  // "No cluster leader"
  throw ConsulError("Consul at " + settings_.url + " answers with status " + std::to_string(answer.status) +
                    (no_leader ? ": it has no leader" : ""));
}

HealthReading ConsulClient::health(const std::string& service) {
  const auto answer =
      ask("GET", "/v1/health/service/" + escape(service) + "?consistent", "", settings_.timeout);
  if (answer.status != 200) throw ConsulError("Consul has no such API: is " + settings_.url + " a Consul?");
  return {parse_health(answer.body), index_of(answer), answer.header("x-consul-knownleader") != "false"};
}

std::uint64_t ConsulClient::wait_for_change(const std::string& path, std::uint64_t index,
                                            std::chrono::seconds wait) {
  const std::string separator = path.find('?') == std::string::npos ? "?" : "&";
  // Consul adds up to a sixteenth.
  const Millis timeout = wait + wait / 8 + settings_.timeout;
  return index_of(
      ask("GET",
          path + separator + "index=" + std::to_string(index) + "&wait=" + std::to_string(wait.count()) + "s",
          "", timeout));
}

std::optional<KvEntry> ConsulClient::kv_get(const std::string& key) {
  const auto answer = ask("GET", key_path(key) + "?consistent", "", settings_.timeout);
  if (answer.status == 404) return std::nullopt;
  return parsed(key, [&answer] { return read_entry(Json::parse(answer.body).at(0)); });
}

std::map<std::string, KvEntry> ConsulClient::kv_list(const std::string& prefix) {
  const auto answer = ask("GET", key_path(prefix) + "?recurse&consistent", "", settings_.timeout);
  std::map<std::string, KvEntry> entries;
  if (answer.status == 404) return entries;
  return parsed(prefix, [&] {
    for (const auto& entry : Json::parse(answer.body))
      entries[entry.at("Key").get<std::string>().substr(prefix.size())] = read_entry(entry);
    return entries;
  });
}

bool ConsulClient::kv_cas(const std::string& key, const std::string& value, std::uint64_t index) {
  const auto answer = ask("PUT", key_path(key) + "?cas=" + std::to_string(index), value, settings_.timeout);
  return answer.status == 200 && answer.body.starts_with("true");
}

}  // namespace st_gate
