// The commands that look, and those that change the list.
#include "commands.hpp"

#include <algorithm>
#include <iomanip>

#include "core/subjects.hpp"

namespace st_gate {
namespace {

using Json = nlohmann::ordered_json;

Time now() { return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()); }

std::string word(const Record* record) {
  if (record == nullptr) return "out";
  return record->ours ? "in" : "in, not ours";
}

const Record* find(const Published& published, const std::string& address) {
  const auto found = std::find_if(published.records.begin(), published.records.end(),
                                  [&address](const Record& record) { return record.address == address; });
  return found == published.records.end() ? nullptr : &*found;
}

Json instance_json(const Instance& instance, const World& world) {
  const Admission admission = judge(instance, world.subjects, now());
  Json json = {{"id", instance.id},
               {"node", instance.node},
               {"address", instance.address},
               {"health", to_text(instance.health)},
               {"admitted", admission.allowed},
               {"answer", word(find(world.published, instance.address))}};
  if (!admission.allowed) json["why"] = admission.why;
  return json;
}

void print_table(const Json& instances, std::ostream& out) {
  out << std::left;
  for (const auto& one : instances) {
    out << std::setw(22) << one.at("address").get<std::string>() << std::setw(14)
        << one.at("answer").get<std::string>() << std::setw(10) << one.at("health").get<std::string>()
        << one.at("id").get<std::string>() << " on " << one.at("node").get<std::string>();
    if (one.contains("why")) out << ": " << one.at("why").get<std::string>();
    out << "\n";
  }
}

// One entry of the list, changed only if it is still the one that was read: somebody else's word is not
// overwritten unseen.
template <typename Change>
int change_list(const Config& config, std::ostream& out, const char* done, Change change) {
  ConsulClient consul(config.consul);
  const auto instances = consul.health(config.gate.service).instances;
  int code = kDone;
  for (const auto& name : config.names) {
    const std::string key = config.gate.kv_prefix + "subjects/" + name;
    const auto entry = consul.kv_get(key);
    Subject subject = entry ? parse_subject(entry->value).value_or(Subject{}) : Subject{};
    change(subject);
    if (consul.kv_cas(key, to_json(subject).dump(), entry ? entry->index : 0)) {
      out << name << ": " << done << "\n";
      st_api::log(st_api::Level::info, std::string("audit: ") + done,
                  {{"who", name}, {"by", config.author}, {"why", config.reason}});
    } else {
      out << name << ": not " << done
          << ", because somebody else has just changed its entry: look at `st-api-gate status`, then try "
             "again\n";
      code = kNotNow;
    }
    const bool known = std::any_of(instances.begin(), instances.end(), [&name](const Instance& one) {
      return one.id == name || one.node == name;
    });
    if (!known)
      out << name << ": note: no node or instance of " << config.gate.service << " has this name now\n";
  }
  return code;
}

}  // namespace

int plan(const Config& config, std::ostream& out) {
  ConsulClient consul(config.consul);
  Gate gate(config.gate, consul, *config.backend, now);
  const auto decision = gate.decide(gate.read());
  out << (config.json ? st_api::to_text(to_json(decision.plan)) + "\n" : to_text(decision.plan));
  return decision.plan.guarded() ? kGuarded : kDone;
}

int status(const Config& config, std::ostream& out) {
  ConsulClient consul(config.consul);
  Gate gate(config.gate, consul, *config.backend, now);
  const auto reading = gate.read();
  const auto decision = gate.decide(reading);
  Json instances = Json::array();
  for (const auto& instance : reading.world.instances)
    instances.push_back(instance_json(instance, reading.world));
  const Memory memory = reading.memory.value_or(Memory{});
  if (config.json) {
    Json json = {{"name", config.address_name},
                 {"instances", instances},
                 {"plan", to_json(decision.plan)},
                 {"floor", {{"least", decision.floor}, {"of", decision.registered}}},
                 {"memory", to_json(memory)}};
    out << st_api::to_text(json) << "\n";
  } else {
    out << config.address_name << " at " << config.backend->name() << ", "
        << reading.world.published.records.size() << " addresses\n";
    print_table(instances, out);
    out << (memory.pace.last == Time{} ? "no update yet" : "last update " + to_text(memory.pace.last));
    if (memory.pace.failures > 0) out << ", " << memory.pace.failures << " failed in a row";
    out << "\n";
    if (decision.floor > 0)
      out << "the floor: " << decision.floor << " of " << decision.registered
          << " stay, whatever their health\n";
    out << to_text(decision.plan);
  }
  return decision.plan.guarded() ? kGuarded : kDone;
}

int admit(const Config& config, std::ostream& out) {
  return change_list(config, out, "admitted", [&config](Subject& subject) {
    subject = {true, config.author, now(), std::nullopt};
  });
}

int exclude(const Config& config, std::ostream& out) {
  return change_list(config, out, "excluded", [&config](Subject& subject) {
    Exclusion exclusion{config.reason, config.author, now(), std::nullopt};
    if (config.span) exclusion.until = now() + *config.span;
    subject.exclusion = exclusion;
  });
}

}  // namespace st_gate
