// st-api, in either of its variants, as a server under a cluster's keeper.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/cluster.hpp"
#include "support/file_descriptor.hpp"

namespace rediscovery::testing {

enum class Variant { threads, loop };

class StApiProcess : public Server {
 public:
  static constexpr std::uint16_t kPort = 8080;
  static constexpr const char* kSecret = "the secret of the tests";

  struct Settings {
    std::vector<std::string> arguments;              // after those that it needs
    std::map<std::string, std::string> environment;  // beside the secret
    bool bare = false;                               // none but `arguments` and `environment`
  };

  // Not started.
  StApiProcess(Cluster& cluster, Variant variant, Settings settings)
      : StApiProcess(cluster, variant, std::move(settings), cluster.addresses().next_free_ip()) {}
  StApiProcess(Cluster& cluster, Variant variant, std::vector<std::string> arguments = {})
      : StApiProcess(cluster, variant, Settings{std::move(arguments), {}, false}) {}

  // GET /status says that Redis can be written; a warning will do.
  [[nodiscard]] bool ready() override;
  // Waits for its end; the exit code, or -1 for a signal.
  int wait_exit(std::chrono::milliseconds timeout = std::chrono::seconds(20));

  struct Answer {
    int status = 0;  // 0: none
    nlohmann::json body;
    std::string text;
    std::multimap<std::string, std::string> headers;
    [[nodiscard]] std::string header(const std::string& name) const;
  };
  using Headers = std::multimap<std::string, std::string>;
  // On a connection of its own.
  [[nodiscard]] Answer request(const std::string& method, const std::string& target,
                               const Headers& headers = {}, const std::string& body = {}) const;
  [[nodiscard]] Answer get(const std::string& target, const Headers& headers = {}) const {
    return request("GET", target, headers);
  }
  // The lines of its log; throws when one is not JSON.
  [[nodiscard]] std::vector<nlohmann::json> log_lines() const;
  [[nodiscard]] std::string whole_log() const;
  // Sends a GET with these header lines, and reads nothing of the answer.
  [[nodiscard]] FileDescriptor send_only(const std::string& target, const std::string& headers) const;
  // The value of a sample in /metrics, by its whole name with labels; 0: it is not there.
  [[nodiscard]] double metric(const std::string& sample) const;

 protected:
  [[nodiscard]] Program program() const override;

 private:
  StApiProcess(Cluster& cluster, Variant variant, Settings settings, const std::string& ip);
  std::vector<std::string> arguments_;
  std::map<std::string, std::string> environment_;
};

// film-1 may be played everywhere in every quality, film-2 on television in hd and on phones in sd.
extern const char* const kCatalog;

}  // namespace rediscovery::testing
