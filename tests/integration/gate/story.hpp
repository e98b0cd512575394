// A world to be told step by step: instances a, b, c … on nodes node-a, node-b …, at 192.0.2.1, .2 …
#pragma once

#include <algorithm>
#include <string>

#include "core/decide.hpp"

namespace st_gate {

inline std::string address_of(char name) { return "192.0.2." + std::to_string(name - 'a' + 1); }

class Story {
 public:
  // All of them passing, admitted and published.
  explicit Story(const std::string& names) {
    for (const char name : names) {
      enroll(name);
      admit(name);
      publish(name);
    }
    decide();
  }

  void enroll(char name, Health health = Health::passing) {
    world.instances.push_back({std::string(1, name), std::string("node-") + name, address_of(name), health});
  }
  void admit(char name) { world.subjects[std::string("node-") + name].admitted = true; }
  void publish(char name, bool ours = true) {
    world.published.records.push_back({address_of(name), 5, ours, ""});
  }
  void set(char name, Health health) {
    for (auto& instance : world.instances) {
      if (instance.id == std::string(1, name)) instance.health = health;
    }
  }
  void set_all(Health health) {
    for (auto& instance : world.instances) instance.health = health;
  }
  void unregister(char name) {
    std::erase_if(world.instances, [name](const Instance& one) { return one.id == std::string(1, name); });
  }
  void pass(Millis span) { now += span; }

  const Plan& decide() {
    const Decision decision = st_gate::decide(world, memory, rules, now);
    memory = decision.memory;
    plan = decision.plan;
    return plan;
  }
  // And does it.
  const Plan& act() {
    decide();
    if (!plan.changes.empty()) memory = carried_out(memory, plan, world, rules, now);
    for (const auto& change : plan.changes) {
      if (change.move == Move::add) world.published.records.push_back({change.address, 5, true, ""});
      std::erase_if(world.published.records, [&](const Record& record) {
        return change.move == Move::remove && record.address == change.address && record.ours;
      });
    }
    return plan;
  }

  // "+192.0.2.1 -192.0.2.2"
  [[nodiscard]] std::string changes() const {
    std::string text;
    for (const auto& change : plan.changes)
      text += (text.empty() ? "" : " ") + std::string(change.move == Move::add ? "+" : "-") + change.address;
    return text;
  }
  // "freeze 192.0.2.1"
  [[nodiscard]] std::string held() const {
    std::string text;
    for (const auto& one : plan.held)
      text += (text.empty() ? "" : " ") + std::string(to_text(one.hold)) + " " + one.change.address;
    return text;
  }
  [[nodiscard]] std::string answer() const {
    std::string names;
    for (const auto& record : world.published.records) {
      for (char name = 'a'; name <= 'z'; ++name) {
        if (address_of(name) == record.address) names += name;
      }
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  World world;
  Memory memory;
  Rules rules;
  Plan plan;
  Time now{std::chrono::hours(490'000)};
};

}  // namespace st_gate
