// What is read afresh before every decision.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "time.hpp"

namespace st_gate {

enum class Health { passing, warning, critical };
[[nodiscard]] const char* to_text(Health health);

// One registration of the service in Consul.
struct Instance {
  std::string id;
  std::string node;
  std::string address;  // what the public is told: numeric, in its shortest spelling; empty: it has none
  Health health = Health::critical;
  bool operator==(const Instance&) const = default;
};

// Somebody's word that a node or instance stays out.
struct Exclusion {
  std::string reason;
  std::string author;
  Time at{};
  std::optional<Time> until;  // none: until it is admitted again
  bool operator==(const Exclusion&) const = default;
};

// What Consul's KV has of a node or an instance. Whoever has no entry has never been admitted.
struct Subject {
  bool admitted = false;
  std::string author;  // of the admission
  Time at{};
  std::optional<Exclusion> exclusion;
  bool operator==(const Subject&) const = default;
};
using Subjects = std::map<std::string, Subject>;  // by the name of a node or the ID of an instance

// One address in the DNS answer.
struct Record {
  std::string address;
  long ttl = 0;
  bool ours = false;  // somebody else's are left alone
  std::string mark;   // what says that it is ours, as the back end wrote it
  bool operator==(const Record&) const = default;
};

struct Published {
  std::vector<Record> records;
  std::vector<std::string> marks;  // all that stand beside them, also those without a record
};

struct World {
  bool known_leader = true;  // Consul's servers have one
  std::uint64_t index = 0;   // of Consul's answer
  std::vector<Instance> instances;
  Subjects subjects;
  Published published;
};

}  // namespace st_gate
