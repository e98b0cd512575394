// The daemon under a service manager: what it tells it, and how it takes a new configuration.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>

#include "stage.hpp"
#include "support/scripted_tcp.hpp"

namespace rediscovery::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// The service manager's end of the socket.
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& path) : fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("bind failed");
  }
  ~NotifySocket() { close(fd_); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  // Reads up to and with the first message that has `part`, and returns it.
  std::string wait(const std::string& part) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (std::chrono::steady_clock::now() < deadline) {
      pollfd poll{fd_, POLLIN, 0};
      if (::poll(&poll, 1, 100) <= 0) continue;
      std::array<char, 4096> text{};
      const auto size = recv(fd_, text.data(), text.size(), 0);
      const std::string message(text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
      if (message.find(part) != std::string::npos) return message;
    }
    throw std::runtime_error("the daemon did not say " + part);
  }

 private:
  int fd_;
};

class ServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    config_ = stage_.config_with("service.json", [](nlohmann::json&) {});
    daemon_ = std::make_unique<UpdaterProcess>(
        stage_.cluster().keeper(), std::vector<std::string>{"run", "--config", config_},
        std::map<std::string, std::string>{{"NOTIFY_SOCKET", path()}, {"WATCHDOG_USEC", "200000"}});
  }
  [[nodiscard]] std::string path() const { return (folder_.path() / "notify").string(); }
  void rewrite(const std::function<void(nlohmann::json&)>& change) {
    (void)stage_.config_with("service.json", change);
  }

  TemporaryFolder folder_;
  NotifySocket socket_{path()};
  Stage stage_;
  std::string config_;
  std::unique_ptr<UpdaterProcess> daemon_;
};

TEST_F(ServiceTest, ItIsReadyOnceTheRolesAreRegisteredThenAliveAndSaysWhenItStops) {
  EXPECT_THAT(socket_.wait("READY=1"), HasSubstr("STATUS=following 1 master by 3 Sentinels"));
  EXPECT_EQ(stage_.masters().size(), 1U);
  for (int i = 0; i < 5; ++i) (void)socket_.wait("WATCHDOG=1");
  daemon_->signal(SIGTERM);
  (void)socket_.wait("STOPPING=1");
  EXPECT_EQ(daemon_->wait(5s), 0);
}

TEST_F(ServiceTest, TheStatusTellsOfTroubleAndOfItsEnd) {
  (void)socket_.wait("READY=1");
  auto& consul = stage_.cluster().consul();
  consul.stop();
  EXPECT_THAT(socket_.wait("in trouble"), HasSubstr("STATUS=1 master, 1 in trouble: mymaster: "));
  consul.cont();
  (void)socket_.wait("STATUS=following 1 master by 3 Sentinels");
}

TEST_F(ServiceTest, AGoodConfigurationIsTakenOverWithoutAPause) {
  (void)socket_.wait("READY=1");
  rewrite([](nlohmann::json& root) { root["names"]["master"] = "leader"; });
  daemon_->signal(SIGHUP);
  EXPECT_THAT(socket_.wait("RELOADING=1"), HasSubstr("MONOTONIC_USEC="));
  (void)socket_.wait("READY=1");
  daemon_->wait_output("changed: names");
  daemon_->wait_output("SIGHUP: done");
  EXPECT_EQ(stage_.cluster().resolve("leader.service.consul").addresses().size(), 1U);
  EXPECT_TRUE(stage_.masters().empty());
}

TEST_F(ServiceTest, ABadConfigurationIsRefusedAndTheOldOneGoesOn) {
  (void)socket_.wait("READY=1");
  std::ofstream(config_) << R"({"masters": ["mymaster"], "sentinels": {"password": "topsecret")";
  daemon_->signal(SIGHUP);
  (void)socket_.wait("RELOADING=1");
  (void)socket_.wait("READY=1");
  daemon_->wait_output("SIGHUP: going on as before");
  EXPECT_THAT(daemon_->output(), Not(HasSubstr("topsecret")));
  const auto old_master = stage_.cluster().master_index();
  const auto new_master = stage_.cluster().failover();
  EXPECT_NE(new_master, old_master);
  stage_.cluster().wait_master_name(new_master);
}

TEST_F(ServiceTest, APortThatIsTakenIsRefusedAndTheOldConfigurationGoesOn) {
  (void)socket_.wait("READY=1");
  const ScriptedTcp other(stage_.cluster().addresses().next_free_ip());
  rewrite([&](nlohmann::json& root) { root["http"]["address"] = other.endpoint(); });
  daemon_->signal(SIGHUP);
  daemon_->wait_output("SIGHUP: going on as before: http.address: " + other.endpoint());
  stage_.cluster().wait_master_name(stage_.cluster().failover());
}

TEST_F(ServiceTest, AFailoverIsSeenInTheMetricsOnAPortThatAReloadHasOpened) {
  (void)socket_.wait("READY=1");
  const std::string address = stage_.cluster().consul().ip() + ":9121";
  rewrite([&](nlohmann::json& root) { root["http"]["address"] = address; });
  daemon_->signal(SIGHUP);
  daemon_->wait_output("SIGHUP: done");
  EXPECT_EQ(ask(address + "/healthz"), "ok\n");
  EXPECT_EQ(ask(address + "/"), "there are GET /metrics, /state and /healthz\n");
  EXPECT_THAT(ask(address + "/metrics -i -X DELETE"),
              AllOf(HasSubstr(" 405 "), HasSubstr("Allow: GET, HEAD")));
  EXPECT_TRUE(nlohmann::json::parse(ask(address + "/state"))["threads"].contains("the reconciler"));
  const auto old_master = stage_.cluster().master_index();
  stage_.cluster().redis(old_master).kill();
  const auto new_master = stage_.cluster().wait_new_master(old_master);
  stage_.cluster().wait_master_name(new_master);
  const auto seen = [&] {
    const auto text = ask(address + "/metrics");
    const std::string count = "rediscovery_updater_visible_seconds_count{master=\"mymaster\",from=";
    return text.find(count + "\"odown\"} 1\n") != std::string::npos &&
           text.find(count + "\"announcement\"} 1\n") != std::string::npos &&
           text.find("address=\"" + stage_.cluster().redis(new_master).endpoint() + "\"} 1\n") !=
               std::string::npos;
  };
  wait_until(seen, 10s, "the failover in the metrics");
  EXPECT_EQ(nlohmann::json::parse(ask(address + "/state"))["masters"]["mymaster"]["changes"], 2);

  UpdaterProcess second(stage_.cluster().keeper(), {"run", "--config", config_});
  EXPECT_EQ(second.wait(10s), 2) << "starting it again would not help";
  EXPECT_THAT(second.output(), HasSubstr("http.address: " + address));
  EXPECT_THAT(second.output(), HasSubstr("or choose another port"));
}

TEST_F(ServiceTest, AReloadInTheMiddleOfAFailoverMissesNothing) {
  (void)socket_.wait("READY=1");
  const auto old_master = stage_.cluster().master_index();
  stage_.cluster().redis(old_master).kill();
  daemon_->signal(SIGHUP);
  const auto new_master = stage_.cluster().wait_new_master(old_master);
  daemon_->signal(SIGHUP);
  stage_.cluster().wait_master_name(new_master);
  daemon_->wait_output("SIGHUP: done");
  EXPECT_TRUE(daemon_->running());
}

}  // namespace
}  // namespace rediscovery::testing
