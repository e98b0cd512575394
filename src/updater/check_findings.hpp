// What the facts mean. Pure: facts in, findings out; one function for each area, in a file of its own.
#pragma once

#include <sstream>
#include <string>
#include <utility>

#include "updater/check_facts.hpp"
#include "updater/check_finding.hpp"

namespace rediscovery::updater {

// All of them: first what concerns every master, then master by master, each in the order of Area.
[[nodiscard]] Findings findings(const Facts& facts);

[[nodiscard]] Findings check_configuration(const Facts& facts);
[[nodiscard]] Findings check_sentinels(const MasterFacts& facts);
[[nodiscard]] Findings check_scripts(const MasterFacts& facts, const Sandbox& sandbox);
[[nodiscard]] Findings check_consul(const Facts& facts);
[[nodiscard]] Findings check_permissions(const MasterFacts& facts, const std::string& key_prefix,
                                         const std::string& node_prefix);
// The fence and the catalog.
[[nodiscard]] Findings check_registrations(const MasterFacts& facts, const std::string& key_prefix,
                                           const std::string& node_prefix);
[[nodiscard]] Findings check_dns(const MasterFacts& facts);
[[nodiscard]] Findings check_redis(const MasterFacts& facts);

// Collects what one area finds.
class Notes {
 public:
  Notes(std::string master, Area area) : master_(std::move(master)), area_(area) {}

  void ok(std::string text) { add(Grade::ok, std::move(text), {}); }
  void warning(std::string text, std::string remedy) {
    add(Grade::warning, std::move(text), std::move(remedy));
  }
  void healing(std::string text, std::string remedy) {
    add(Grade::healing, std::move(text), std::move(remedy));
  }
  void problem(std::string text, std::string remedy) {
    add(Grade::problem, std::move(text), std::move(remedy));
  }
  void add(Grade grade, std::string text, std::string remedy) {
    findings_.push_back({master_, area_, grade, std::move(text), std::move(remedy)});
  }
  [[nodiscard]] bool empty() const { return findings_.empty(); }
  [[nodiscard]] Findings take() { return std::move(findings_); }

 private:
  std::string master_;
  Area area_;
  Findings findings_;
};

// The parts, one behind the other.
template <typename... Parts>
[[nodiscard]] std::string sentence(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

// What was said of `endpoint`, without its address in front: the sentence around it has that already.
[[nodiscard]] std::string about(const core::Endpoint& endpoint, const std::string& problem);

// "a, b and c"
[[nodiscard]] std::string enumerate(const std::vector<std::string>& words);

template <typename T>
[[nodiscard]] std::string enumerate_all(const std::vector<T>& values) {
  std::vector<std::string> words;
  for (const auto& value : values) words.push_back(sentence(value));
  return enumerate(words);
}

}  // namespace rediscovery::updater
