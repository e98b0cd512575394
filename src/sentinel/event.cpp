#include "sentinel/event.hpp"

#include <algorithm>

namespace rediscovery::sentinel {

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const auto space = text.find(' ');
    if (space != 0) words.push_back(text.substr(0, space));
    if (space == std::string_view::npos) break;
    text.remove_prefix(space + 1);
  }
  return words;
}

const std::vector<std::string>& trigger_types() {
  // +promoted-slave is the leader's first word that the promotion happened; its +switch-master can be minutes
  // late. The others' first words are +config-update-from and +switch-master.
  static const std::vector<std::string> types = {"+switch-master",
                                                 "+promoted-slave",
                                                 "+config-update-from",
                                                 "+slave",
                                                 "+sdown",
                                                 "-sdown",
                                                 "-odown",
                                                 "+reboot",
                                                 "+failover-end",
                                                 "+slave-reconf-done",
                                                 "+convert-to-slave",
                                                 "+fix-slave-config",
                                                 "+monitor",
                                                 "+reset-master",
                                                 "+set",
                                                 "+failover-end-for-timeout",
                                                 "-failover-abort-slave-timeout"};
  return types;
}

const std::vector<std::string>& failover_types() {
  static const std::vector<std::string> types = {"+odown",
                                                 "+new-epoch",
                                                 "+try-failover",
                                                 "+selected-slave",
                                                 "+promoted-slave",
                                                 "-failover-abort-not-elected",
                                                 "-failover-abort-no-good-slave",
                                                 "-failover-abort-slave-timeout"};
  return types;
}

bool is_trigger(std::string_view type) {
  const auto& types = trigger_types();
  return std::find(types.begin(), types.end(), type) != types.end();
}

std::optional<std::string> master_of(std::string_view type, std::string_view description) {
  const auto words = words_of(description);
  if (type == "+switch-master") {
    if (words.size() < 5) return std::nullopt;
    return std::string(words[0]);
  }
  if (words.size() >= 4 && words[0] == "master") return std::string(words[1]);
  if (words.size() >= 8 && (words[0] == "slave" || words[0] == "sentinel") && words[4] == "@") {
    return std::string(words[5]);
  }
  return std::nullopt;
}

}  // namespace rediscovery::sentinel
