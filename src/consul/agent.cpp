#include "consul/agent.hpp"

#include <nlohmann/json.hpp>
#include <ostream>
#include <type_traits>

#include "consul/number.hpp"

namespace rediscovery::consul {
namespace {

using nlohmann::json;

Error malformed(const char* what) {
  return {ErrorKind::malformed, std::string(what) + " in the agent's answer"};
}

// What an agent may leave out, or say with null. Numbers are ports and weights.
template <typename T>
bool read(const json& object, const char* name, T& value) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return true;
  if constexpr (std::is_integral_v<T>) {
    const auto number = read_u16(*found);
    if (number) value = *number;
    return number.has_value();
  } else {
    try {
      value = found->get<T>();
      return true;
    } catch (const json::exception&) {
      return false;
    }
  }
}

bool read_service(const json& item, AgentService& service) {
  if (!item.is_object() || !item.contains("ID") || !item.contains("Service")) return false;
  const bool is_read = read(item, "ID", service.id) && read(item, "Service", service.service) &&
                       read(item, "Address", service.address) && read(item, "Port", service.port) &&
                       read(item, "Tags", service.tags) && read(item, "Meta", service.meta);
  if (!is_read) return false;
  const auto weights = item.find("Weights");
  if (weights == item.end() || weights->is_null()) return true;
  return weights->is_object() && read(*weights, "Passing", service.weights.passing) &&
         read(*weights, "Warning", service.weights.warning);
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const AgentService& service) {
  return out << service.id << " as " << service.service << " at " << service.address << " port "
             << service.port;
}

json to_json(const AgentService& service, const AgentCheck& check, std::chrono::milliseconds ttl) {
  return {{"ID", service.id},
          {"Name", service.service},
          {"Address", service.address},
          {"Port", service.port},
          {"Tags", service.tags},
          {"Meta", service.meta},
          {"Weights", {{"Passing", service.weights.passing}, {"Warning", service.weights.warning}}},
          {"Check",
           {{"CheckID", check.check_id},
            {"Name", check.name},
            {"TTL", std::to_string(ttl.count()) + "ms"},
            {"Status", check.status},
            {"Notes", check.output}}}};
}

json update_of(const AgentCheck& check) { return {{"Status", check.status}, {"Output", check.output}}; }

Outcome<std::string> parse_agent_self(const HttpAnswer& answer) {
  if (answer.status != 200) return explain_status(answer);
  const json body = json::parse(answer.body, nullptr, false);
  if (!body.is_object() || !body.contains("Config") || !body["Config"].is_object())
    return malformed("no configuration");
  std::string name;
  if (!read(body["Config"], "NodeName", name) || name.empty()) return malformed("no NodeName");
  return name;
}

Outcome<std::vector<AgentService>> parse_agent_services(const HttpAnswer& answer) {
  if (answer.status != 200) return explain_status(answer);
  const json body = json::parse(answer.body, nullptr, false);
  if (!body.is_object()) return malformed("no services");
  std::vector<AgentService> services;
  for (const auto& item : body) {
    if (!read_service(item, services.emplace_back())) return malformed("an incomplete service");
  }
  return services;
}

Outcome<bool> parse_done(const HttpAnswer& answer) {
  if (answer.status != 200) return explain_status(answer);
  return true;
}

}  // namespace rediscovery::consul
