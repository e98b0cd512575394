#include "pool/event_log.hpp"

#include <algorithm>
#include <optional>
#include <sstream>

#include "support/wait.hpp"

namespace rediscovery::testing {

EventHandler EventLog::handler() {
  return [this](const Event& event) {
    {
      const std::lock_guard lock(mutex_);
      events_.push_back(event);
    }
    recorded_.notify_all();
  };
}

std::size_t EventLog::mark() const {
  const std::lock_guard lock(mutex_);
  return events_.size();
}

std::vector<Event> EventLog::since(std::size_t mark) const {
  const std::lock_guard lock(mutex_);
  return {events_.begin() + static_cast<std::ptrdiff_t>(mark), events_.end()};
}

std::size_t EventLog::count(EventKind kind, std::size_t mark) const {
  const auto events = since(mark);
  return static_cast<std::size_t>(
      std::count_if(events.begin(), events.end(), [&](const Event& event) { return event.kind == kind; }));
}

Event EventLog::wait(EventKind kind, std::size_t mark, const Predicate& predicate) {
  std::optional<Event> found;
  {
    std::unique_lock lock(mutex_);
    recorded_.wait_for(lock, kPatience, [&] {
      for (; mark < events_.size() && !found; ++mark) {
        const Event& event = events_[mark];
        if (event.kind == kind && (!predicate || predicate(event))) found = event;
      }
      return found.has_value();
    });
  }
  if (!found) {
    throw TimeoutError("no such event: " + std::string(to_string(kind)) + "; these were there:\n" + text());
  }
  return *found;
}

Event EventLog::wait_reason(EventKind kind, const std::string& text, std::size_t mark) {
  return wait(kind, mark, [&](const Event& event) { return event.reason.find(text) != std::string::npos; });
}

std::string EventLog::text(std::size_t mark) const {
  std::ostringstream out;
  for (const Event& event : since(mark)) out << event.to_json() << '\n';
  return out.str();
}

}  // namespace rediscovery::testing
