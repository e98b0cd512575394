// The configurations in examples/updater/ are ones that the updater takes, as they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "updater/config.hpp"

namespace rediscovery::updater {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::SizeIs;

std::string read(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

// The files that the examples name are in /etc/rediscovery/, and here in a folder of our own.
class UpdaterExamples : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "rediscovery-examples-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    for (const char* secret : {"consul-token", "redis-password", "sentinel-password"}) {
      std::ofstream(folder_ / secret) << "content-of-" << secret << "\n";
    }
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] Config load(const fs::path& file) const {
    std::string text = read(file);
    replace_all(text, "/etc/rediscovery/", folder_.string() + "/");
    return parse_config(text, [](std::string_view) { return std::nullopt; });
  }
  [[nodiscard]] Config load(const char* name) const {
    return load(fs::path(REDISCOVERY_UPDATER_EXAMPLES) / name);
  }

  fs::path folder_;
};

TEST_F(UpdaterExamples, EachConfigurationIsAccepted) {
  int count = 0;
  for (const auto& entry : fs::directory_iterator(REDISCOVERY_UPDATER_EXAMPLES)) {
    if (entry.path().extension() != ".json") continue;
    ++count;
    EXPECT_NO_THROW((void)load(entry.path())) << entry.path();
  }
  EXPECT_GE(count, 4);
}

TEST_F(UpdaterExamples, SeveralMastersHaveNamesOfTheirOwn) {
  const auto config = load("several-masters.json");
  ASSERT_THAT(config.masters, SizeIs(3));
  EXPECT_EQ(config.masters[0].services.master, "sessions-master");
  EXPECT_EQ(config.masters[1].services.replica, "cache-slave");
  EXPECT_EQ(config.masters[2].services.master, "jobs");
  EXPECT_THAT(config.masters[1].labels.replica.tags, ElementsAre("cache", "redis-slave"));
  EXPECT_EQ(config.masters[1].labels.replica.weights.passing, 10);
  EXPECT_FALSE(config.masters[1].slave_fallback);
  EXPECT_TRUE(config.masters[2].slave_fallback);
}

TEST_F(UpdaterExamples, AnUpdaterBesideItsRedisKnowsItAndItsAgent) {
  const auto config = load("agent.json");
  ASSERT_TRUE(config.agent);
  EXPECT_EQ(config.agent->redis.to_string(), "10.0.0.6:6379");
  EXPECT_EQ(config.agent->ttl, std::chrono::milliseconds(5000));
  EXPECT_THAT(config.consul.addresses, SizeIs(1)) << "that of its own host";
}

TEST_F(UpdaterExamples, SecretsComeFromFiles) {
  const auto config = load("tls-and-acl.json");
  EXPECT_EQ(config.consul.token, "content-of-consul-token");
  EXPECT_EQ(config.redis.identity.password, "content-of-redis-password");
  EXPECT_EQ(config.sentinels.credentials.password, "content-of-sentinel-password");
  EXPECT_THAT(config.consul.addresses,
              ElementsAre("https://consul-1.example:8501", "https://consul-2.example:8501"));
}

}  // namespace
}  // namespace rediscovery::updater
