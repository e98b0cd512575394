// Route 53's requests and answers, API version 2013-04-01, as XML.
#pragma once

#include <string>
#include <vector>

#include "backends/backend.hpp"

namespace st_gate {

struct RecordSet {
  std::string name;
  std::string type;
  std::string identifier;  // of a set among several with the same name and type
  bool multivalue = false;
  long ttl = 0;
  std::vector<std::string> values;
};

struct RecordPage {
  std::vector<RecordSet> sets;
  // Where the next page begins; an empty name: there is none.
  std::string next_name;
  std::string next_type;
  std::string next_identifier;
};

struct SetChange {
  bool create = true;  // otherwise the set is deleted, which must be exactly this one
  RecordSet set;
};

// Throws BackendError when it is something else.
[[nodiscard]] RecordPage parse_records(const std::string& xml);
[[nodiscard]] std::string change_request(const std::vector<SetChange>& changes);

struct Route53Problem {
  std::string code;  // "Throttling"
  std::string message;
};
[[nodiscard]] Route53Problem parse_problem(const std::string& xml);

}  // namespace st_gate
