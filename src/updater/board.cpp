#include "updater/board.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "sentinel/event.hpp"

namespace rediscovery::updater {
namespace {

std::optional<core::Endpoint> endpoint(std::string_view address, std::string_view port) {
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size() || number == 0) return std::nullopt;
  return core::parse_endpoint(address, number);
}

}  // namespace

void Board::keep(const std::vector<std::string>& masters) {
  const std::lock_guard lock(mutex_);
  std::erase_if(records_, [&](const auto& entry) {
    return std::find(masters.begin(), masters.end(), entry.first) == masters.end();
  });
  for (const auto& master : masters) records_.try_emplace(master);
}

void Board::reconciled(const std::string& master, const Report& report, core::TimePoint now) {
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(master);
  if (found == records_.end()) return;
  auto& record = found->second;
  const auto verdict = report.plan.verdict;
  const bool good = !report.error && (verdict == Verdict::up_to_date || verdict == Verdict::superseded);
  ++record.reconciles[report.error ? "error" : std::string(to_string(verdict))];
  for (const auto kind : report.met) ++record.errors[kind];
  if (good) {
    record.good_at = now;
    record.trouble.clear();
  } else {
    if (record.trouble.empty()) record.trouble_since = now;
    std::ostringstream text;
    if (report.error) {
      text << *report.error;
    } else {
      text << verdict << " (" << report.plan.cause << "): " << report.plan.explanation;
    }
    record.trouble = text.str();
  }
  record.last = report;
}

void Board::changed(const Change& change) {
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(change.plan.master_name);
  if (found == records_.end()) return;
  ++found->second.changes;
  if (change.plan.before && change.visibility && change.visibility->after)
    found->second.timer.visible(change.plan.before->address, change.plan.after.address,
                                change.visibility->at);
}

void Board::heard(const std::string& type, const std::string& description, core::TimePoint now) {
  const auto words = sentinel::words_of(description);
  const auto master = sentinel::master_of(type, description);
  if (!master) return;
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(*master);
  if (found == records_.end()) return;
  auto& timer = found->second.timer;
  if (type == "+odown") {
    if (const auto down = endpoint(words[2], words[3])) timer.odown(*down, now);
  } else if (type == "-odown") {
    if (const auto up = endpoint(words[2], words[3])) timer.back(*up);
  } else if (type == "+switch-master") {
    if (const auto from = endpoint(words[1], words[2])) timer.announced(*from, now);
  } else if ((type == "+promoted-slave" || type == "+config-update-from") && words.size() >= 8) {
    if (const auto from = endpoint(words[6], words[7])) timer.announced(*from, now);
  }
}

void Board::promoted(const std::string& master, const core::Endpoint& replica, core::TimePoint now) {
  const std::lock_guard lock(mutex_);
  if (const auto found = records_.find(master); found != records_.end())
    found->second.timer.promoted(replica, now);
}

std::map<std::string, std::string> Board::troubles() const {
  std::map<std::string, std::string> troubles;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, record] : records_) {
    if (!record.trouble.empty()) troubles.emplace(name, record.trouble);
  }
  return troubles;
}

Records Board::records() const {
  const std::lock_guard lock(mutex_);
  return records_;
}

}  // namespace rediscovery::updater
