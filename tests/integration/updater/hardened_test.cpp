// Sentinel under the conditions of Debian's hardened unit (read from the unit itself) calls the installed
// updater: what is below /usr/lib runs without an override, and the example of a drop-in lets it run
// elsewhere.
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "stage.hpp"
#include "support/wait.hpp"

namespace rediscovery::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kUnit = "/lib/systemd/system/redis-sentinel.service";

std::string read(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw std::runtime_error(path.string() + " cannot be read");
  return text.str();
}

std::string example(const std::string& name) { return read(fs::path(REDISCOVERY_UPDATER_EXAMPLES) / name); }

// Debian's Sentinel, as its unit starts it, on a machine where `staged` has been installed.
class ConfinedSentinel : public RespServer {
 public:
  ConfinedSentinel(Keeper& keeper, std::string ip, fs::path staged, std::vector<std::string> drop_ins)
      : RespServer(keeper, "confined", std::move(ip), Sentinel::kPort, {}),
        staged_(std::move(staged)),
        drop_ins_(std::move(drop_ins)) {}

  void wait_log(const std::string& part) {
    wait_until([&] { return read(log_path()).find(part) != std::string::npos; }, std::chrono::seconds(20),
               "Sentinel's log of: " + part);
  }

 private:
  [[nodiscard]] Program program() const override {
    Program what;
    what.arguments = {REDISCOVERY_UNDER_UNIT, staged_.string(), kUnit};
    what.arguments.insert(what.arguments.end(), drop_ins_.begin(), drop_ins_.end());
    return what;
  }

  fs::path staged_;
  std::vector<std::string> drop_ins_;
};

class Hardened : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::geteuid(), 0U) << "a mount namespace and the user redis need root: run this test as root";
    ASSERT_TRUE(fs::exists(kUnit)) << kUnit << " is missing; scripts/setup installs redis-sentinel";
    cluster_ = std::make_unique<Cluster>(options());
    fs::permissions(staged_.path(), fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
    write("etc/rediscovery/updater.json", updater_config(), 0640);
  }
  static ClusterOptions options() {
    ClusterOptions options;
    options.redis_nodes = 2;
    options.sentinels = 0;
    options.register_roles = false;
    return options;
  }

  // As `cmake --install` does it, into the staging folder.
  void install(const std::string& prefix) {
    Program cmake;
    cmake.arguments = {REDISCOVERY_CMAKE, "--install", REDISCOVERY_BUILD, "--component", "updater",
                       "--prefix",        prefix};
    cmake.environment = {{"DESTDIR", staged_.path().string()}};
    cmake.log = cluster_->folder() / "install.log";
    const pid_t pid = cluster_->keeper().spawn(cmake);
    std::optional<int> status;
    wait_until([&] { return (status = cluster_->keeper().status(pid)).has_value(); },
               std::chrono::seconds(60), "cmake --install");
    ASSERT_EQ(*status, 0) << read(cmake.log);
  }

  // `lines` are what is added to Sentinel's configuration for the updater.
  ConfinedSentinel& start_sentinel(const std::string& lines, std::vector<std::string> drop_ins = {}) {
    write("etc/redis/sentinel.conf",
          "bind " + ip() + "\nport 26379\nprotected-mode no\ndir /var/lib/redis\nsentinel announce-ip " +
              ip() + "\nsentinel monitor mymaster " + cluster_->redis(0).ip() +
              " 6379 1\nsentinel down-after-milliseconds mymaster 1000\n"
              "sentinel failover-timeout mymaster 5000\n" +
              lines + "\n",
          0660);
    sentinel_ =
        std::make_unique<ConfinedSentinel>(cluster_->keeper(), ip(), staged_.path(), std::move(drop_ins));
    sentinel_->launch();
    return *sentinel_;
  }

  // Sentinel knows the replica, and Consul the roles: from here on a failover is possible, and its trace is
  // visible.
  void settle() {
    sentinel_->wait_ready();
    const auto replicas = [this] {
      const auto known = sentinel_->try_command({"SENTINEL", "REPLICAS", "mymaster"});
      return known && known->elements.size() == 1 && known->elements[0].field("master-link-status") == "ok";
    };
    wait_until(replicas, std::chrono::seconds(20), "the confined Sentinel to know the replica");
    const auto config = (staged_.path() / "etc/rediscovery/updater.json").string();
    const auto applied = run_updater(cluster_->keeper(), {"apply", "--config", config});
    ASSERT_EQ(applied.code, 0) << applied.output << sentinel_->log_tail();
    cluster_->wait_master_name(0);
  }

  void expect_the_name_to_move() {
    settle();
    cluster_->redis(0).kill();
    ASSERT_EQ(cluster_->wait_new_master(0), 1U);
    try {
      cluster_->wait_master_name(1);
    } catch (const TimeoutError& error) {
      FAIL() << error.what() << "\n" << read(sentinel_->log_path());
    }
    // The script writes into Sentinel's log, after the deed.
    sentinel_->wait_log("trigger=\"on-reconfig leader\"");
    EXPECT_THAT(read(sentinel_->log_path()), Not(HasSubstr("-script-error")));
  }

  [[nodiscard]] std::string ip() const { return cluster_->addresses().ip(11); }

  void write(const fs::path& name, const std::string& text, unsigned mode) {
    const auto path = staged_.path() / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    fs::permissions(path, static_cast<fs::perms>(mode));
    const ::group* redis = ::getgrnam("redis");
    ASSERT_NE(redis, nullptr) << "there is no group redis; scripts/setup installs redis-sentinel";
    ASSERT_EQ(::chown(path.c_str(), 0, redis->gr_gid), 0);
    // Sentinel replaces its file by renaming another one.
    if (path.parent_path().filename() == "redis") {
      ASSERT_EQ(::chown(path.parent_path().c_str(), 0, redis->gr_gid), 0);
      fs::permissions(path.parent_path(), static_cast<fs::perms>(0770));
    }
  }
  [[nodiscard]] std::string updater_config() const {
    const nlohmann::json config = {{"masters", {"mymaster"}},
                                   {"sentinels", {{"addresses", {ip() + ":26379"}}}},
                                   {"consul", {{"addresses", {cluster_->consul().endpoint()}}}}};
    return config.dump(2);
  }

  TemporaryFolder staged_;
  std::unique_ptr<Cluster> cluster_;
  std::unique_ptr<ConfinedSentinel> sentinel_;
};

TEST_F(Hardened, BelowUsrLibTheUpdaterRunsWithoutAnOverride) {
  install("/usr");
  start_sentinel(example("sentinel.conf"));
  expect_the_name_to_move();
}

TEST_F(Hardened, WithTheDropInItRunsWhereThatSays) {
  install("/opt/rediscovery");
  auto line = example("sentinel.conf");
  const std::string usual = "/usr/lib/rediscovery/";
  for (auto at = line.find(usual); at != std::string::npos; at = line.find(usual)) {
    line.replace(at, usual.size(), "/opt/rediscovery/lib/rediscovery/");
  }
  start_sentinel(line, {std::string(REDISCOVERY_UPDATER_EXAMPLES) + "/redis-sentinel.service.d.conf"});
  expect_the_name_to_move();
}

TEST_F(Hardened, ElsewhereSentinelRefusesToStart) {
  install("/usr/local");
  auto& sentinel = start_sentinel(
      "sentinel client-reconfig-script mymaster /usr/local/lib/rediscovery/rediscovery-on-reconfig");
  sentinel.wait_log("non existing or non executable");
  wait_until([&] { return !sentinel.running(); }, std::chrono::seconds(20), "Sentinel's end");
}

TEST_F(Hardened, AShellScriptIsNotExecutedAndTheNameStays) {
  install("/usr/local");
  write("usr/lib/rediscovery/wrapper",
        "#!/bin/sh\nexec /usr/local/lib/rediscovery/rediscovery-on-reconfig \"$@\"\n", 0755);
  auto& sentinel = start_sentinel("sentinel client-reconfig-script mymaster /usr/lib/rediscovery/wrapper");
  settle();
  cluster_->redis(0).kill();
  ASSERT_EQ(cluster_->wait_new_master(0), 1U);
  sentinel.wait_log("-script-error /usr/lib/rediscovery/wrapper 0 2");
  cluster_->wait_master_name(0);
}

}  // namespace
}  // namespace rediscovery::testing
