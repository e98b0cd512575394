#include "memory.hpp"

#include <algorithm>
#include <stdexcept>

namespace st_gate {
namespace {

using Json = nlohmann::ordered_json;

long long number(Time time) { return time.time_since_epoch().count(); }

// Not of a floating-point number: what it converts to is undefined if the type does not hold it.
template <typename Number>
Number whole(const Json& json) {
  if (!json.is_number_integer()) throw std::invalid_argument("not a whole number");
  return json.get<Number>();
}

Time time_of(const Json& json) { return Time(Millis(whole<long long>(json))); }

}  // namespace

Json to_json(const Memory& memory) {
  Json json = {{"format", 1}, {"instances", Json::object()}, {"before", Json::array()}};
  for (const auto& [key, seen] : memory.instances)
    json["instances"][key] = {
        {"good", seen.good}, {"since", number(seen.since)}, {"left", number(seen.left)}};
  if (memory.healthy) json["healthy"] = *memory.healthy;
  for (const auto& count : memory.before)
    json["before"].push_back({{"healthy", count.healthy}, {"until", number(count.until)}});
  json["pace"] = {{"last", number(memory.pace.last)},
                  {"spent", memory.pace.spent},
                  {"failures", memory.pace.failures},
                  {"not_before", number(memory.pace.not_before)}};
  return json;
}

std::optional<Memory> parse_memory(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    if (json.at("format") != 1) return std::nullopt;
    Memory memory;
    for (const auto& [key, seen] : json.at("instances").items())
      memory.instances[key] = {seen.at("good").get<bool>(), time_of(seen.at("since")),
                               time_of(seen.at("left"))};
    if (json.contains("healthy")) memory.healthy = whole<std::size_t>(json.at("healthy"));
    for (const auto& count : json.at("before"))
      memory.before.push_back({whole<std::size_t>(count.at("healthy")), time_of(count.at("until"))});
    const Json& pace = json.at("pace");
    memory.pace = {time_of(pace.at("last")), pace.at("spent").get<double>(), whole<int>(pace.at("failures")),
                   time_of(pace.at("not_before"))};
    return memory;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

Memory not_after(Memory memory, Time now, const Rules& rules) {
  for (auto& [key, seen] : memory.instances) {
    seen.since = std::min(seen.since, now);
    seen.left = std::min(seen.left, now);
  }
  for (auto& count : memory.before) count.until = std::min(count.until, now);
  memory.pace.last = std::min(memory.pace.last, now);
  // What after_failure may have set, and no more.
  const Millis longest = std::max(rules.backoff_longest, rules.asked_longest);
  memory.pace.not_before = std::min(memory.pace.not_before, now + longest);
  return memory;
}

}  // namespace st_gate
