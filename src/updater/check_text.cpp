#include "updater/check_text.hpp"

#include <algorithm>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>

namespace rediscovery::updater {
namespace {

struct Style {
  const char* word;
  const char* colour;
};

Style style_of(Grade grade) {
  switch (grade) {
    case Grade::ok:
      return {"ok", "\033[32m"};
    case Grade::warning:
      return {"warning", "\033[33m"};
    case Grade::healing:
    case Grade::problem:
      break;
  }
  return {"PROBLEM", "\033[31m"};
}

// Texts hold what servers have said: nothing of it may reach a terminal as a command.
std::string printable(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
  return text;
}

std::string counted(long count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

void print(const Findings& findings, bool colours, std::ostream& out) {
  constexpr int kLevelWidth = 9;
  constexpr int kAreaWidth = 15;
  const std::string* heading = nullptr;
  for (const auto& finding : findings) {
    if (heading == nullptr || *heading != finding.master) {
      if (!finding.master.empty()) out << (heading == nullptr ? "" : "\n") << finding.master << "\n";
      heading = &finding.master;
    }
    const auto style = style_of(finding.grade);
    out << (colours ? style.colour : "") << std::left << std::setw(kLevelWidth) << style.word
        << (colours ? "\033[0m" : "") << std::setw(kAreaWidth) << to_string(finding.area)
        << printable(finding.text) << "\n";
    if (!finding.remedy.empty()) {
      out << std::string(kLevelWidth + kAreaWidth, ' ') << "-> " << printable(finding.remedy) << "\n";
    }
  }
  const auto count = [&findings](auto... grades) {
    return std::count_if(findings.begin(), findings.end(),
                         [=](const Finding& finding) { return ((finding.grade == grades) || ...); });
  };
  out << "\n"
      << counted(count(Grade::healing, Grade::problem), "problem") << ", "
      << counted(count(Grade::warning), "warning");
  switch (exit_code(findings)) {
    case 0:
      out << "\n";
      break;
    case 1:
      out << "; time may heal it (exit code 1)\n";
      break;
    default:
      out << "; somebody must act (exit code 2)\n";
      break;
  }
}

nlohmann::json to_json(const Findings& findings) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& finding : findings) {
    const bool problem = finding.grade == Grade::problem || finding.grade == Grade::healing;
    list.push_back({{"master", finding.master},
                    {"area", to_string(finding.area)},
                    {"level", problem ? "problem" : to_string(finding.grade)},
                    {"heals", finding.grade == Grade::healing},
                    {"text", finding.text},
                    {"remedy", finding.remedy}});
  }
  return {{"exit_code", exit_code(findings)}, {"findings", list}};
}

}  // namespace rediscovery::updater
