#include "updater/fence.hpp"

#include <nlohmann/json.hpp>
#include <ostream>

namespace rediscovery::updater {

using nlohmann::json;

namespace {

std::optional<std::uint64_t> number(const json& object, const char* name) {
  if (!object.contains(name) || !object[name].is_number_unsigned()) return std::nullopt;
  return object[name].get<std::uint64_t>();
}

std::string string(const json& object, const char* name) {
  return object.contains(name) && object[name].is_string() ? object[name].get<std::string>() : std::string();
}

std::optional<Observed> observed_in(const json& object) {
  if (!object.contains("observed") || !object["observed"].is_object()) return std::nullopt;
  const auto leader = core::parse_endpoint(string(object["observed"], "leader"));
  const auto from_epoch = number(object["observed"], "from_epoch");
  if (!leader || !from_epoch) return std::nullopt;
  return Observed{{*leader, string(object["observed"], "leader_id")}, *from_epoch};
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Fence& fence) {
  return out << fence.address << " epoch " << fence.epoch << " revision " << fence.revision << " as "
             << fence.services.master << "/" << fence.services.replica << " by " << fence.writer << " at "
             << fence.written_at << (fence.observed ? " observed" : "");
}

std::string to_json_text(const Fence& fence) {
  json object = {{"epoch", fence.epoch},
                 {"address", fence.address.to_string()},
                 {"revision", fence.revision},
                 {"master_service", fence.services.master},
                 {"slave_service", fence.services.replica},
                 {"writer", fence.writer},
                 {"written_at", fence.written_at}};
  if (fence.observed) {
    const auto& [leader, from_epoch] = *fence.observed;
    object["observed"] = {{"leader", leader.endpoint.to_string()}, {"from_epoch", from_epoch}};
    if (!leader.run_id.empty()) object["observed"]["leader_id"] = leader.run_id;
  }
  if (fence.given_up_epoch > 0) object["given_up_epoch"] = fence.given_up_epoch;
  // A host name need not be UTF-8; a text that cannot be written must not stop a switch.
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<Fence> parse_fence(std::string_view text) {
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  const auto epoch = number(object, "epoch");
  const auto revision = number(object, "revision");
  const auto address = core::parse_endpoint(string(object, "address"));
  const ServiceNames services{string(object, "master_service"), string(object, "slave_service")};
  if (!epoch || !revision || !address || !is_dns_label(services.master) || !is_dns_label(services.replica)) {
    return std::nullopt;
  }
  return Fence{*epoch,
               *address,
               *revision,
               services,
               string(object, "writer"),
               string(object, "written_at"),
               observed_in(object),
               number(object, "given_up_epoch").value_or(0)};
}

}  // namespace rediscovery::updater
