// What the updater does with its own process.
#pragma once

#include <string>

namespace rediscovery::updater {

// Closes every descriptor from 3 on: Sentinels before 6.2 leak their sockets into the scripts they start.
void close_inherited_descriptors();

// A write to a closed connection must be an error, not the end of the process.
void ignore_broken_pipes();

// Keeps SIGTERM and SIGINT from ending the process, in this thread and in those it starts from now on, and
// waits for the first of them. Returns its number.
void hold_stop_signals();
int wait_for_stop_signal();

// "host:pid", for the fence and the audit.
[[nodiscard]] std::string process_identity();

// Different in every process; not for secrets.
[[nodiscard]] unsigned long long random_seed();

}  // namespace rediscovery::updater
