// NOT Route 53: a stand-in for it on loopback, which has what of its behaviour the gate depends on. It checks
// signatures, makes changes all or nothing and no more of them at one time than Route 53 takes, deletes only
// what is told exactly, throttles, refuses a change while the one before is under way, and answers in pages.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "backends/sigv4.hpp"

namespace httplib {
class Server;
struct Request;
struct Response;
}  // namespace httplib

namespace st_gate {

class Route53StandIn {
 public:
  static constexpr const char* kZone = "Z0STANDIN";
  static AwsKey key() { return {"AKIDSTANDIN", "the secret of the tests", ""}; }

  explicit Route53StandIn(const std::string& ip);
  ~Route53StandIn();
  Route53StandIn(const Route53StandIn&) = delete;
  Route53StandIn& operator=(const Route53StandIn&) = delete;

  [[nodiscard]] std::string url() const { return url_; }
  [[nodiscard]] std::vector<std::string> addresses(const std::string& name) const;  // sorted
  // Somebody else's change.
  void put(const std::string& name, const std::string& type, const std::string& identifier,
           const std::string& value, long ttl);
  void erase(const std::string& name, const std::string& type, const std::string& identifier);

  // The next `count` requests to change are answered with this; no header Retry-After if it is empty.
  void fail_next(int count, int status, const std::string& code, const std::string& retry_after = "");
  // The next change is made, but the answer is lost.
  void lose_next_answer() { lose_next_ = true; }
  // The next change is acknowledged, but not made.
  void forget_next_change() { forget_next_ = true; }
  void set_page_size(std::size_t size) { page_size_ = size; }
  [[nodiscard]] int changes() const { return changes_; }
  [[nodiscard]] int refused_signatures() const { return refused_; }

 private:
  struct Key {
    std::string name, type, identifier;
    auto operator<=>(const Key&) const = default;
  };
  struct Set {
    std::string value;
    long ttl = 0;
    bool operator==(const Set&) const = default;
  };
  // Empty: it is good.
  [[nodiscard]] std::string check_signature(const httplib::Request& request) const;
  void list(const httplib::Request& request, httplib::Response& response) const;
  void change(const httplib::Request& request, httplib::Response& response);
  // Empty: it was made.
  std::string apply(const std::string& xml);

  mutable std::mutex mutex_;
  std::map<Key, Set> sets_;  // guarded by mutex_
  int fail_count_ = 0;       // guarded by mutex_
  int fail_status_ = 0;
  std::string fail_code_;
  std::string fail_retry_after_;
  std::atomic<bool> lose_next_ = false;
  std::atomic<bool> forget_next_ = false;
  std::atomic<std::size_t> page_size_ = 100;
  std::atomic<int> changes_ = 0;
  std::atomic<int> refused_ = 0;
  std::string url_;
  std::unique_ptr<httplib::Server> server_;
  std::thread thread_;
};

}  // namespace st_gate
