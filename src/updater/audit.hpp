// How a change is told to people and to grep.
#pragma once

#include <string>

#include "updater/log.hpp"
#include "updater/reconcile.hpp"

namespace rediscovery::updater {

// One line: who, master, epoch, from, to, what, Consul's index, when DNS showed it.
[[nodiscard]] std::string audit_line(const Change& change, const std::string& trigger);

// "0.9ms"
[[nodiscard]] std::string to_text(core::Duration span);

// The audit line, and a warning if DNS does not show what Consul has confirmed.
void log_change(Log& log, const Change& change, const std::string& trigger);

}  // namespace rediscovery::updater
