// From the demo to those who watch: each gets all there is at first, and then what is new.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

namespace rediscovery::demo::live {

using Json = nlohmann::ordered_json;

// Any thread. What is kept is bounded, and so is what waits for a viewer: one that is too slow loses what it
// has not fetched, and begins anew with the present.
class Hub {
 public:
  static constexpr std::size_t kMostViewers = 16;

  class Viewer {
   public:
    ~Viewer();
    Viewer(const Viewer&) = delete;
    Viewer& operator=(const Viewer&) = delete;

    // Text of one or more server-sent events; empty when nothing came in a while (then a comment may be sent
    // to see whether anybody is there); nothing at the end of the demo.
    std::optional<std::string> next(std::chrono::milliseconds patience);

   private:
    friend class Hub;
    explicit Viewer(std::shared_ptr<Hub> hub) : hub_(std::move(hub)) {}

    const std::shared_ptr<Hub> hub_;
    bool is_behind_ = true;  // is to be sent the present; guarded by the hub's mutex
    std::deque<std::shared_ptr<const std::string>> new_;  // likewise
  };

  // What every viewer is told first, made from the latest state.
  using Hello = std::function<Json(const Json& state)>;
  static std::shared_ptr<Hub> create(Hello hello);

  void set_state(double t_ms, const Json& state);  // told only if it differs from the one before
  void set_gate(const Json& gate);                 // likewise
  void add_tick(const Json& tick);
  void add_happening(const Json& happening);
  void add_summary(const Json& summary);
  // No more: every viewer's next() ends.
  void close();

  // Nothing when there are too many.
  std::unique_ptr<Viewer> join();
  // Everything that is kept, as one object.
  [[nodiscard]] Json present() const;

 private:
  explicit Hub(Hello hello) : hello_(std::move(hello)) {}

  void keep(std::deque<Json>& kept, const Json& one, std::size_t most);
  void tell(const char* event, const Json& data);
  [[nodiscard]] Json history() const;
  [[nodiscard]] std::string introduction() const;

  const Hello hello_;
  mutable std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  bool closed_ = false;
  Json state_ = Json::object();        // without its time
  Json timed_state_ = Json::object();  // as it was told
  Json gate_ = Json::object();
  std::deque<Json> ticks_;
  std::deque<Json> happenings_;
  std::deque<Json> summaries_;
  std::set<Viewer*> viewers_;
  std::weak_ptr<Hub> self_;
};

}  // namespace rediscovery::demo::live
