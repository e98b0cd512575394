#include "plan.hpp"

#include <algorithm>
#include <array>

namespace st_gate {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Change& change) {
  return {{"change", to_text(change.move)},
          {"address", change.address},
          {"who", change.who},
          {"why", change.why}};
}

std::string to_text(const Change& change) {
  return change.address + "  " + change.who + "  " + change.why + "\n";
}

}  // namespace

bool Plan::guarded() const {
  return frozen || std::any_of(held.begin(), held.end(), [](const Held& one) {
           return one.hold == Hold::freeze || one.hold == Hold::floor;
         });
}

const char* to_text(Move move) { return move == Move::add ? "add" : "remove"; }

const char* to_text(Hold hold) {
  static constexpr std::array kNames{"rise", "fall", "pause", "pace", "freeze", "floor"};
  return kNames.at(static_cast<std::size_t>(hold));
}

std::string to_text(const Plan& plan) {
  std::string text;
  for (const auto& change : plan.changes) text += (change.move == Move::add ? "+ " : "- ") + to_text(change);
  for (const auto& held : plan.held) {
    text += std::string("= not ") + (held.change.move == Move::add ? "added" : "removed") + " (" +
            to_text(held.hold) + ": " + held.why + "): " + to_text(held.change);
  }
  for (const auto& finding : plan.findings) text += "! " + finding + "\n";
  return text.empty() ? "nothing to do\n" : text;
}

Json to_json(const Plan& plan) {
  Json json = {{"changes", Json::array()}, {"held", Json::array()}, {"findings", plan.findings}};
  for (const auto& change : plan.changes) json["changes"].push_back(to_json(change));
  for (const auto& held : plan.held) {
    Json one = to_json(held.change);
    one["held_by"] = to_text(held.hold);
    one["because"] = held.why;
    json["held"].push_back(one);
  }
  json["frozen"] = plan.frozen;
  if (plan.wake) json["wake"] = to_text(*plan.wake);
  return json;
}

}  // namespace st_gate
