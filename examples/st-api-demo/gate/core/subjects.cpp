#include "subjects.hpp"

#include <algorithm>
#include <array>

namespace st_gate {
namespace {

using Json = nlohmann::ordered_json;

bool holds(const Exclusion& exclusion, Time now) { return !exclusion.until || *exclusion.until > now; }

std::string describe(const std::string& name, const Exclusion& exclusion) {
  return "excluded (" + name + ") by " + exclusion.author + ": " + exclusion.reason +
         (exclusion.until ? ", until " + to_text(*exclusion.until) : "");
}

Time time_of(const Json& json) {
  const auto time = parse_time(json.get<std::string>());
  if (!time) throw std::invalid_argument("no time");
  return *time;
}

}  // namespace

const char* to_text(Health health) {
  static constexpr std::array kNames{"passing", "warning", "critical"};
  return kNames.at(static_cast<std::size_t>(health));
}

Admission judge(const Instance& instance, const Subjects& subjects, Time now) {
  Admission admission;
  bool excluded = false;
  for (const auto& name : {instance.node, instance.id}) {
    const auto found = subjects.find(name);
    if (found == subjects.end()) continue;
    admission.admitted = admission.admitted || found->second.admitted;
    const auto& exclusion = found->second.exclusion;
    if (!exclusion || !holds(*exclusion, now)) continue;
    excluded = true;
    admission.by_hand = true;
    admission.why = describe(name, *exclusion);
    if (exclusion->until && (!admission.changes || *exclusion->until < *admission.changes))
      admission.changes = exclusion->until;
  }
  if (!admission.admitted && !excluded) admission.why = "seen for the first time: not admitted yet";
  admission.allowed = admission.admitted && !excluded;
  return admission;
}

Json to_json(const Subject& subject) {
  Json json = {{"admitted", subject.admitted}};
  if (subject.admitted) {
    json["author"] = subject.author;
    json["at"] = to_text(subject.at);
  }
  if (subject.exclusion) {
    json["exclusion"] = {{"reason", subject.exclusion->reason},
                         {"author", subject.exclusion->author},
                         {"at", to_text(subject.exclusion->at)}};
    if (subject.exclusion->until) json["exclusion"]["until"] = to_text(*subject.exclusion->until);
  }
  return json;
}

std::optional<Subject> parse_subject(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    Subject subject;
    subject.admitted = json.at("admitted").get<bool>();
    if (subject.admitted) {
      subject.author = json.at("author").get<std::string>();
      subject.at = time_of(json.at("at"));
    }
    if (const auto found = json.find("exclusion"); found != json.end()) {
      Exclusion exclusion{found->at("reason"), found->at("author"), time_of(found->at("at")), std::nullopt};
      if (found->contains("until")) exclusion.until = time_of(found->at("until"));
      subject.exclusion = exclusion;
    }
    return subject;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

bool is_subject_name(const std::string& name) {
  constexpr std::size_t kLongest = 128;
  return !name.empty() && name.size() <= kLongest && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

}  // namespace st_gate
