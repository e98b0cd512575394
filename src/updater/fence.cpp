#include "updater/fence.hpp"

#include <nlohmann/json.hpp>
#include <ostream>

namespace rediscovery::updater {

using nlohmann::json;

std::ostream& operator<<(std::ostream& out, const Fence& fence) {
  return out << fence.address << " epoch " << fence.epoch << " revision " << fence.revision << " as "
             << fence.services.master << "/" << fence.services.replica << " by " << fence.writer << " at "
             << fence.written_at;
}

std::string to_json_text(const Fence& fence) {
  const json object = {{"epoch", fence.epoch},
                       {"address", fence.address.to_string()},
                       {"revision", fence.revision},
                       {"master_service", fence.services.master},
                       {"slave_service", fence.services.replica},
                       {"writer", fence.writer},
                       {"written_at", fence.written_at}};
  // A host name need not be UTF-8; a text that cannot be written must not stop a switch.
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<Fence> parse_fence(std::string_view text) {
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  const auto number = [&object](const char* name) -> std::optional<std::uint64_t> {
    if (!object.contains(name) || !object[name].is_number_unsigned()) return std::nullopt;
    return object[name].get<std::uint64_t>();
  };
  const auto string = [&object](const char* name) {
    return object.contains(name) && object[name].is_string() ? object[name].get<std::string>()
                                                             : std::string();
  };
  const auto epoch = number("epoch");
  const auto revision = number("revision");
  const auto address = core::parse_endpoint(string("address"));
  const ServiceNames services{string("master_service"), string("slave_service")};
  if (!epoch || !revision || !address || !is_dns_label(services.master) || !is_dns_label(services.replica)) {
    return std::nullopt;
  }
  return Fence{*epoch, *address, *revision, services, string("writer"), string("written_at")};
}

}  // namespace rediscovery::updater
