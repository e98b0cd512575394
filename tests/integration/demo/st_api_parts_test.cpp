// The example service's configuration and rules, without servers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "common/calls.hpp"
#include "common/config.hpp"
#include "common/health.hpp"

namespace st_api {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

class Configuration : public ::testing::Test {
 protected:
  Configuration() : folder_(::testing::TempDir() + "st-api-XXXXXX") {
    if (::mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("no temporary folder");
    write("catalog.json", R"({"film-1": {"title": "One", "rights": {"tv": "hd"}}})");
    arguments_ = {"--catalog", path("catalog.json"), "--redis", "127.0.0.1:6379"};
    environment_ = {{"ST_API_SECRET", "sixteen characters"}, {"PATH", "/bin"}};
  }
  ~Configuration() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/" + name; }
  void write(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }
  void with_file(const std::string& text) {
    write("st-api.json", text);
    environment_["ST_API_CONFIG"] = path("st-api.json");
  }
  [[nodiscard]] Config read(const std::vector<std::string>& more = {}) const {
    auto all = arguments_;
    all.insert(all.end(), more.begin(), more.end());
    return read_config(all, environment_);
  }
  // What is wrong; empty: nothing.
  [[nodiscard]] std::string problem(const std::vector<std::string>& more = {}) const {
    try {
      (void)read(more);
    } catch (const UsageError& error) {
      return error.what();
    }
    return {};
  }

  std::string folder_;
  std::vector<std::string> arguments_;
  std::map<std::string, std::string> environment_;
};

TEST_F(Configuration, HasWorkingDefaults) {
  const Config config = read();
  EXPECT_EQ(config.port, 8080);
  EXPECT_EQ(config.deadline, milliseconds(3000));
  EXPECT_EQ(config.redis.master, "127.0.0.1:6379");
  EXPECT_EQ(config.redis.client_name, "st-api");
  EXPECT_FALSE(config.has_replicas());
  EXPECT_FALSE(config.registration);
}

TEST_F(Configuration, TheCommandLineCountsBeforeTheEnvironmentAndThatBeforeTheFile) {
  with_file(R"({"deadline_ms": 1, "threads": 2, "slow_ms": "3"})");
  environment_["ST_API_DEADLINE_MS"] = "10";
  environment_["ST_API_THREADS"] = "20";
  const Config config = read({"--deadline-ms=100"});
  EXPECT_EQ(config.deadline, milliseconds(100));
  EXPECT_EQ(config.threads, 20U);
  EXPECT_EQ(config.slow, milliseconds(3));
}

TEST_F(Configuration, ListsHaveCommasOrAreGivenSeveralTimes) {
  arguments_.back() = "master.service.consul";
  environment_["ST_API_DNS"] = "10.0.0.1:53,10.0.0.2:53";
  EXPECT_EQ(read().redis.dns_servers, (std::vector<std::string>{"10.0.0.1:53", "10.0.0.2:53"}));
  EXPECT_EQ(read({"--dns", "10.0.0.3:53", "--dns", "10.0.0.4:53"}).redis.dns_servers,
            (std::vector<std::string>{"10.0.0.3:53", "10.0.0.4:53"}));
}

TEST_F(Configuration, TheFilesRedisIsTheLibrarysOwnAndSingleSettingsComeOverIt) {
  with_file(R"({"redis": {"master": "10.0.0.1:6379", "connect_timeout_ms": 77, "max_connections": 3}})");
  const Config config = read({"--connections", "5"});
  EXPECT_EQ(config.redis.master, "127.0.0.1:6379");
  EXPECT_EQ(config.redis.connect_timeout, milliseconds(77));
  EXPECT_EQ(config.redis.max_connections, 5U);
}

TEST_F(Configuration, TellsWhereAWrongValueWasGivenAndWhatIsExpected) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> bad = {
      {{"--colour", "red"}, "unknown option --colour"},
      {{"--threads"}, "--threads needs a value"},
      {{"--threads", "0"}, "--threads: \"0\" is not a number from 1 to 10000"},
      {{"--threads", "many"}, "--threads"},
      {{"--listen", "8080"}, "--listen: \"8080\" is not address:port"},
      {{"--listen", "127.0.0.1:99999"}, "--listen"},
      {{"--listen", "127.0.0.1:"}, "--listen"},
      {{"--deadline-ms", "-1"}, "--deadline-ms"},
      {{"--dns", "consul"}, "dns_servers"},
      {{"--redis", ""}, "master"},
      {{"--secret-file", "/nowhere"}, "--secret-file: cannot read"},
      {{"--catalog", "/nowhere"}, "--catalog: cannot read"},
      {{"--config", "/nowhere"}, "--config: cannot read"},
      {{"--register", "consul"}, "--register: \"consul\" is not the URL"},
      {{"--register", "http://c:8500", "--listen", "0.0.0.0:80"}, "--register-address"},
      {{"--register", "http://c:8500", "--register-name", "a b"}, "--register-name"},
      {{"--register", "http://c:8500", "--register-interval-ms", "10"}, "--register-interval-ms"},
      {{"--log-level", "loud"}, "--log-level: \"loud\" is not info, warning or error"},
      {{"--secret", "sixteen characters"}, "unknown option --secret"},
      {{"--redis-password", "x"}, "unknown option --redis-password"},
  };
  for (const auto& [arguments, expected] : bad) EXPECT_THAT(problem(arguments), HasSubstr(expected));

  environment_["ST_API_THREADS"] = "0";
  EXPECT_THAT(problem(), HasSubstr("ST_API_THREADS: \"0\""));
  environment_.erase("ST_API_THREADS");
  environment_["ST_API_THREAD"] = "1";
  EXPECT_THAT(problem(), HasSubstr("unknown environment variable ST_API_THREAD"));
}

TEST_F(Configuration, TellsWhatIsWrongWithTheFile) {
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"{", "is not JSON: at byte"},
      {R"({"threads": 1e999})", "a number in it is too large"},
      {"[]", "must hold one JSON object"},
      {R"({"thread": 1})", "unknown field \"thread\""},
      {R"({"threads": true})", "\"threads\" must be a text or a whole number"},
      {R"({"threads": [1]})", "\"threads\" must be"},
      {R"({"dns": [1]})", "\"dns\" must be a list of texts"},
      {R"({"threads": 0})", "threads in "},
      {R"({"redis": {"no_such_field": 1}})", "no_such_field"},
      {R"({"secret": "sixteen characters"})", "ST_API_SECRET"},
      {R"({"config": "other.json"})", "unknown field \"config\""},
  };
  for (const auto& [text, expected] : bad) {
    with_file(text);
    EXPECT_THAT(problem(), HasSubstr(expected)) << text;
  }
}

TEST_F(Configuration, ASecretIsNeededAndIsNotTold) {
  environment_["ST_API_SECRET"] = "short-secret";
  EXPECT_THAT(problem(), HasSubstr("--secret-file"));
  EXPECT_THAT(problem(), ::testing::Not(HasSubstr("short-secret")));
  write("secret", "from a file, long enough\n");
  EXPECT_EQ(read({"--secret-file", path("secret")}).playback.secret, "from a file, long enough");
}

TEST_F(Configuration, TellsWhatIsWrongWithTheCatalogue) {
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"", "JSON object"},
      {R"({"a b": {}})", "\"a b\""},
      {R"({"film-1": 1})", "film-1 must be an object"},
      {R"({"film-1": {"title": "One"}})", "film-1.rights is missing"},
      {R"({"film-1": {"title": 1, "rights": {"tv": "hd"}}})", "film-1.title must be text"},
      {R"({"film-1": {"rights": {}}})", "film-1.rights must be an object"},
      {R"({"film-1": {"rights": {"fridge": "hd"}}})", "film-1.rights.fridge"},
      {R"({"film-1": {"rights": {"tv": "HD"}}})", "film-1.rights.tv must be"},
      {R"({"film-1": {"rights": {"tv": "hd"}, "price": 1}})", "film-1.price is unknown"},
  };
  for (const auto& [text, expected] : bad) {
    write("catalog.json", text);
    EXPECT_THAT(problem(), HasSubstr(expected)) << text;
  }
}

TEST(StApiRegistration, ItsIdHasNoColonsAlsoWhereTheAddressHas) {
  RegistrationConfig registration;
  registration.address = "192.0.2.11";
  EXPECT_EQ(registration_id(registration, 8080), "st-api-192.0.2.11-8080");
  registration.address = "2001:db8::11";
  EXPECT_EQ(registration_id(registration, 8080), "st-api-2001-db8--11-8080");
  registration.id = "its-own";
  EXPECT_EQ(registration_id(registration, 8080), "its-own");
}

TEST(StApiHealth, IsCriticalWithoutAMasterAndAWarningWhenDegraded) {
  const Probe good{true, milliseconds(1), ""};
  const Probe slow{true, milliseconds(300), ""};
  const Probe bad{false, milliseconds(1), "no_master"};
  const auto status = [](const Probe& write, const std::optional<Probe>& read) {
    HealthInput input;
    input.write = write;
    input.read = read;
    return judge(input).status;
  };
  EXPECT_EQ(status(good, good), 200);
  EXPECT_EQ(status(good, std::nullopt), 200);
  EXPECT_EQ(status(good, bad), 429);
  EXPECT_EQ(status(slow, good), 429);
  EXPECT_EQ(status(good, slow), 429);
  EXPECT_EQ(status(bad, good), 503);
  EXPECT_EQ(status(bad, bad), 503);
  EXPECT_EQ(draining_health({}).status, 503);
}

TEST(StApiPlayback, AKeyStandsForOneSessionOfOneUser) {
  const Playback playback({}, {"https://cdn", "the secret of the tests", std::chrono::seconds(300)});
  const Moment at(std::chrono::hours(1));
  PlaybackRequest request{"ada", "film-1", "tv", "hd", "key"};
  const Session planned = playback.plan(request, at);
  EXPECT_EQ(playback.plan(request, at + std::chrono::hours(1)).id, planned.id);
  request.user = "bob";
  EXPECT_NE(playback.plan(request, at).id, planned.id);
  request.idempotency_key.clear();
  EXPECT_NE(playback.plan(request, at).id, playback.plan(request, at).id);
}

TEST(StApiPlayback, TheSessionThatWasThereCounts) {
  const Playback playback({}, {"https://cdn", "the secret of the tests", std::chrono::seconds(300)});
  const PlaybackRequest request{"ada", "film-1", "tv", "hd", "key"};
  const Session first = playback.plan(request, Moment(std::chrono::hours(1)));
  const Session second = playback.plan(request, Moment(std::chrono::hours(2)));
  EXPECT_EQ(*Playback::settle(second, rediscovery::Reply::string(to_record(first))), first);
  EXPECT_EQ(*Playback::settle(second, rediscovery::Reply()), second);
  for (const char* record : {"", "[]", "{}", R"({"started_ms": "x"})"}) {
    EXPECT_FALSE(Playback::settle(second, rediscovery::Reply::string(record))) << record;
  }
}

}  // namespace
}  // namespace st_api
