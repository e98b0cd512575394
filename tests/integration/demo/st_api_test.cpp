// The example service as its users see it, in both variants: over HTTP, with a real Redis and a replica found
// through a real Consul.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <fstream>
#include <map>
#include <memory>
#include <regex>
#include <set>
#include <thread>

#include "st_api_process.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Answer = StApiProcess::Answer;

constexpr const char* kBase = "https://cdn.example.net";
constexpr const char* kPassword = "the-password-of-Redis";
constexpr const char* kGood = "/playback/film-1?user=ada&device=tv&quality=hd";

std::string hmac(const std::string& key, const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  ::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    std::array<char, 3> two{};
    std::snprintf(two.data(), two.size(), "%02x", digest.at(i));
    hex += two.data();
  }
  return hex;
}

std::string encoded(const std::string& text) {
  std::string out;
  for (const char c : text) {
    std::array<char, 4> escape{};
    std::snprintf(escape.data(), escape.size(), "%%%02X", static_cast<unsigned char>(c));
    out += escape.data();
  }
  return out;
}

class StApi : public ::testing::TestWithParam<Variant> {
 protected:
  static void SetUpTestSuite() {
    ClusterOptions options;
    options.redis_nodes = 2;
    options.sentinels = 0;
    options.redis_credentials.password = kPassword;
    cluster_ = std::make_unique<Cluster>(options);
    for (const char* film : {"film-1", "film-2"}) {
      for (const char* user : {"ada", "eve"}) purchase(user, film);
    }
    for (const Variant variant : {Variant::threads, Variant::loop}) {
      servers_[variant] = launch(variant, {"--deadline-ms", "5000", "--history-length", "5"});
    }
    for (auto& [variant, server] : servers_) server->wait_ready();
  }
  static void TearDownTestSuite() {
    servers_.clear();
    cluster_.reset();
  }

  static void purchase(const std::string& user, const std::string& film) {
    cluster_->redis(0).command({"SADD", "purchases:" + user, film});
  }
  static std::unique_ptr<StApiProcess> launch(Variant variant, std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--redis-replicas", cluster_->slave_service_name()});
    auto server = std::make_unique<StApiProcess>(
        *cluster_, variant,
        StApiProcess::Settings{std::move(arguments), {{"ST_API_REDIS_PASSWORD", kPassword}}, false});
    server->launch();
    return server;
  }

  static StApiProcess& st_api() { return *servers_.at(GetParam()); }
  static Answer get(const std::string& target, const StApiProcess::Headers& headers = {}) {
    return st_api().get(target, headers);
  }
  // Users of their own, so that the tests do not see each other's histories, nor the other variant's.
  static std::string new_user() {
    static int number = 0;
    const std::string user = "user-" + std::to_string(++number);
    purchase(user, "film-1");
    purchase(user, "film-2");
    return user;
  }
  static std::string start_of(const std::string& user, const std::string& film = "film-1") {
    return "/playback/" + film + "?user=" + user + "&device=tv&quality=hd";
  }
  static Answer wait_history(const std::string& target, std::size_t count) {
    Answer answer;
    wait_until(
        [&] {
          answer = get(target);
          return answer.status == 200 && answer.body["sessions"].size() == count;
        },
        std::chrono::seconds(10), "the replica to have " + std::to_string(count) + " sessions");
    return answer;
  }

  static std::unique_ptr<Cluster> cluster_;
  static std::map<Variant, std::unique_ptr<StApiProcess>> servers_;
};

std::unique_ptr<Cluster> StApi::cluster_;
std::map<Variant, std::unique_ptr<StApiProcess>> StApi::servers_;

INSTANTIATE_TEST_SUITE_P(Both, StApi, ::testing::Values(Variant::threads, Variant::loop),
                         [](const auto& tested) {
                           return tested.param == Variant::threads ? "Threads" : "Loop";
                         });

TEST_P(StApi, IssuesAUrlForWhatWasPurchased) {
  const auto answer = get(kGood);
  ASSERT_EQ(answer.status, 200);
  const std::string session = answer.body["session"];
  const std::string url = answer.body["url"];
  EXPECT_EQ(session.size(), 32U);
  EXPECT_THAT(url, HasSubstr("/film-1/hd.m3u8?session=" + session +
                             "&expires=" + std::to_string(answer.body["expires"].get<long>())));
  const auto signature = url.find("&signature=");
  ASSERT_NE(signature, std::string::npos);
  const auto base = std::string(kBase).size();
  EXPECT_EQ(url.substr(signature + 11), hmac(StApiProcess::kSecret, url.substr(base, signature - base)));
}

TEST_P(StApi, TheSessionOfAnAnswerIsInRedisAndExpires) {
  const auto answer = get(kGood);
  ASSERT_EQ(answer.status, 200);
  const std::string key = "session:" + answer.body["session"].get<std::string>();
  const auto stored = nlohmann::json::parse(cluster_->redis(0).command({"GET", key}).text);
  EXPECT_EQ(stored["user"], "ada");
  EXPECT_EQ(stored["content"], "film-1");
  EXPECT_EQ(stored["device"], "tv");
  EXPECT_EQ(stored["quality"], "hd");
  EXPECT_EQ(stored["expires"], answer.body["expires"]);
  EXPECT_GT(cluster_->redis(0).command({"TTL", key}).integer, 3600);
}

TEST_P(StApi, EveryAnswerHasASessionOfItsOwn) { EXPECT_NE(get(kGood).body, get(kGood).body); }

TEST_P(StApi, TheSameIdempotencyKeyGivesTheSameSessionAndUrl) {
  const std::string user = new_user();
  const auto first = get(start_of(user), {{"Idempotency-Key", "start-1"}});
  ASSERT_EQ(first.status, 200);
  EXPECT_EQ(get(start_of(user), {{"Idempotency-Key", "start-1"}}).body, first.body);
  EXPECT_EQ(get(start_of(user) + "&idempotency_key=start-1").body, first.body);
  EXPECT_NE(get(start_of(user), {{"Idempotency-Key", "start-2"}}).body, first.body);
  EXPECT_NE(get(start_of(new_user()), {{"Idempotency-Key", "start-1"}}).body["session"],
            first.body["session"]);
  wait_history("/history?user=" + user, 2);
}

TEST_P(StApi, BothVariantsKnowEachOthersKeys) {
  const std::string user = new_user();
  const auto one = servers_.at(Variant::threads)->get(start_of(user), {{"Idempotency-Key", "k"}});
  const auto other = servers_.at(Variant::loop)->get(start_of(user), {{"Idempotency-Key", "k"}});
  EXPECT_EQ(one.status, 200);
  EXPECT_EQ(one.body, other.body);
}

TEST_P(StApi, ManyAtOnceWithOneKeyGetOneSession) {
  const std::string user = new_user();
  std::vector<Answer> answers(8);
  {
    std::vector<std::jthread> viewers;
    for (auto& answer : answers) {
      viewers.emplace_back([&answer, &user] {
        answer = get(start_of(user), {{"Idempotency-Key", "start"}});
      });
    }
  }
  std::set<std::string> bodies;
  for (const auto& answer : answers) {
    EXPECT_EQ(answer.status, 200);
    bodies.insert(answer.text);
  }
  EXPECT_EQ(bodies.size(), 1U);
}

TEST_P(StApi, AnIdempotencyKeyDoesNotStandForAnotherStart) {
  const std::string user = new_user();
  ASSERT_EQ(get(start_of(user), {{"Idempotency-Key", "start"}}).status, 200);
  const auto answer = get(start_of(user, "film-2"), {{"Idempotency-Key", "start"}});
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.body["error"], "key_reused");
}

TEST_P(StApi, AMalformedIdempotencyKeyIsRefused) {
  for (const std::string& key : {std::string("a b"), std::string("a:b"), std::string(65, 'x')}) {
    const auto answer = get(kGood, {{"Idempotency-Key", key}});
    EXPECT_EQ(answer.status, 400) << key;
    EXPECT_THAT(answer.text, HasSubstr("Idempotency-Key")) << key;
  }
  EXPECT_EQ(get(kGood, {{"Idempotency-Key", "a"}, {"Idempotency-Key", "b"}}).status, 400);
  for (const char* parameter :
       {"&idempotency_key=", "&idempotency_key=a&idempotency_key=b", "&idempotency_key=a%20b"}) {
    EXPECT_EQ(get(std::string(kGood) + parameter).status, 400) << parameter;
  }
  EXPECT_EQ(get(std::string(kGood) + "&idempotency_key=a", {{"Idempotency-Key", "a"}}).status, 400);
}

TEST_P(StApi, RefusesWhatWasNotPurchased) {
  for (const char* target :
       {"/playback/film-1?user=bob&device=tv&quality=hd", "/playback/film-2?user=bob&device=tv&quality=hd"}) {
    const auto answer = get(target);
    EXPECT_EQ(answer.status, 403) << target;
    EXPECT_EQ(answer.body["error"], "not_purchased") << target;
  }
}

TEST_P(StApi, RefusesWhatTheCatalogueDoesNotHave) {
  const std::vector<std::tuple<std::string, int, std::string>> refused = {
      {"/playback/film-3?user=ada&device=tv&quality=hd", 404, "unknown_content"},
      {"/playback/film-2?user=ada&device=web&quality=sd", 403, "device_denied"},
      {"/playback/film-2?user=ada&device=phone&quality=hd", 403, "quality_denied"},
      {"/playback/film-2?user=ada&device=tv&quality=uhd", 403, "quality_denied"},
  };
  for (const auto& [target, status, error] : refused) {
    const auto answer = get(target);
    EXPECT_EQ(answer.status, status) << target;
    EXPECT_EQ(answer.body["error"], error) << target;
  }
  EXPECT_EQ(get("/playback/film-2?user=ada&device=phone&quality=sd").status, 200);
}

TEST_P(StApi, TellsWhatIsWrongWithARequest) {
  const std::string longest(64, 'x');
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"/playback/film-1", "user"},
      {"/playback/film-1?device=tv&quality=hd", "user"},
      {"/playback/film-1?user=&device=tv&quality=hd", "user"},
      {"/playback/film-1?user&device=tv&quality=hd", "user"},
      {"/playback/film-1?user=ada&user=bob&device=tv&quality=hd", "user"},
      {"/playback/film-1?user=a%0ab&device=tv&quality=hd", "user"},
      {"/playback/film-1?user=a%00b&device=tv&quality=hd", "user"},
      {"/playback/film-1?user=%ff%fe&device=tv&quality=hd", "user"},
      {"/playback/film-1?user=" + longest + "x&device=tv&quality=hd", "user"},
      {"/playback/film-1?user=ada&quality=hd", "device"},
      {"/playback/film-1?user=ada&device=fridge&quality=hd", "device"},
      {"/playback/film-1?user=ada&device=tv", "quality"},
      {"/playback/film-1?user=ada&device=tv&quality=HD", "quality"},
      {"/playback/film%201?user=ada&device=tv&quality=hd", "content"},
      {"/playback/session:1?user=ada&device=tv&quality=hd", "content"},
      {"/playback/film-1%00?user=ada&device=tv&quality=hd", "content"},
      {"/playback/" + longest + "x?user=ada&device=tv&quality=hd", "content"},
      {"/history", "user"},
      {"/history?user=a:b", "user"},
      {"/history?user=ada&limit=0", "limit"},
      {"/history?user=ada&limit=6", "limit"},
      {"/history?user=ada&limit=-1", "limit"},
      {"/history?user=ada&limit=99999999999999999999999", "limit"},
      {"/history?user=ada&limit=", "limit"},
      {"/history?user=ada&limit=1&limit=2", "limit"},
      {"/verify", "url"},
      {"/verify?url=" + std::string(2049, 'x'), "url"},
  };
  for (const auto& [target, field] : bad) {
    const auto answer = get(target);
    ASSERT_EQ(answer.status, 400) << target;
    EXPECT_EQ(answer.body["error"], "bad_request") << target;
    EXPECT_THAT(answer.body["message"].get<std::string>(), HasSubstr(field)) << target;
  }
  EXPECT_EQ(get("/playback/film-1?user=" + longest + "&device=tv&quality=hd").status, 403);
}

TEST_P(StApi, VerifiesWhatItHasSignedAndNothingElse) {
  const auto verify = [](const std::string& url) { return get("/verify?url=" + encoded(url)); };
  const std::string url = get(kGood).body["url"];
  EXPECT_EQ(verify(url).status, 200);
  EXPECT_EQ(verify(url).body["valid"], true);

  const auto with = [&url](const std::string& from, const std::string& to) {
    std::string changed = url;
    return changed.replace(changed.find(from), from.size(), to);
  };
  const std::string digits = url.substr(url.size() - 64);
  const std::string turned(digits.rbegin(), digits.rend());
  for (const std::string& forged :
       {with("film-1", "film-2"), with("/hd", "/uhd"), with("session=", "session=0"),
        with("expires=", "expires=9"), with(digits, turned), with(digits, ""),
        with("&signature=" + digits, ""), with(kBase, "https://elsewhere"), url + "0", std::string("x"),
        std::string("&signature=")}) {
    EXPECT_EQ(verify(forged).status, 403) << forged;
    EXPECT_EQ(verify(forged).body["error"], "forged") << forged;
  }

  const std::string path = "/film-1/hd.m3u8?session=00000000000000000000000000000000&expires=1500000000";
  const auto old = verify(kBase + path + "&signature=" + hmac(StApiProcess::kSecret, path));
  EXPECT_EQ(old.status, 403);
  EXPECT_EQ(old.body["error"], "expired");
}

TEST_P(StApi, TheHistoryIsReadFromAReplicaTheLatestFirst) {
  const std::string user = new_user();
  ASSERT_EQ(get(start_of(user)).status, 200);
  const auto first = wait_history("/history?user=" + user, 1);
  EXPECT_EQ(first.body["read_from"], "replica");
  EXPECT_EQ(first.body["sessions"][0]["content"], "film-1");
  EXPECT_EQ(first.body["sessions"][0]["device"], "tv");
  const std::string session = get(start_of(user, "film-2")).body["session"];
  const auto both = wait_history("/history?user=" + user, 2);
  EXPECT_EQ(both.body["sessions"][0]["session"], session);
  EXPECT_EQ(both.body["sessions"][0]["content"], "film-2");
  EXPECT_EQ(wait_history("/history?user=" + user + "&limit=1", 1).body["sessions"][0]["session"], session);
}

TEST_P(StApi, OnlyTheLatestOfAHistoryAreKept) {
  const std::string user = new_user();
  std::string last;
  for (int i = 0; i < 8; ++i) last = get(start_of(user)).body["session"];
  const auto history = wait_history("/history?user=" + user, 5);
  EXPECT_EQ(cluster_->redis(0).command({"ZCARD", "history:" + user}).integer, 5);
  EXPECT_THAT(history.text, HasSubstr(last));
}

TEST_P(StApi, WhoHasStartedNothingHasAnEmptyHistory) {
  const auto answer = get("/history?user=nobody");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body["sessions"], nlohmann::json::array());
}

TEST_P(StApi, OtherPathsAreNotFound) {
  for (const char* target : {"/", "/playback", "/playback/", "/playback/a/b", "/Status", "/playback/%2e%2e/x",
                             "/status/", "/metricsx"}) {
    const auto answer = get(target);
    EXPECT_EQ(answer.status, 404) << target;
    EXPECT_EQ(answer.body["error"], "not_found") << target;
  }
}

TEST_P(StApi, OtherMethodsAreNotAllowedAndWriteNothing) {
  const std::string user = new_user();
  for (const std::string method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"}) {
    for (const std::string& target : {start_of(user), std::string("/status"),
                                      std::string("/history?user=ada"), std::string("/metrics")}) {
      const auto answer = st_api().request(method, target);
      EXPECT_EQ(answer.status, 405) << method << target;
      EXPECT_EQ(answer.header("Allow"), "GET") << method << target;
    }
  }
  EXPECT_EQ(cluster_->redis(0).command({"EXISTS", "history:" + user}).integer, 0);
}

TEST_P(StApi, WhatIsTooLargeIsRefused) {
  const auto body = st_api().request("POST", kGood, {}, std::string(100'000, 'x'));
  EXPECT_EQ(body.status, 413);
  EXPECT_EQ(body.body["error"], "too_large");
  // The line itself, in whichever words of HTTP the server has for it.
  EXPECT_THAT(get("/playback/" + std::string(20'000, 'x')).status, ::testing::AnyOf(414, 431));
  EXPECT_THAT(get(kGood, {{"X-Large", std::string(20'000, 'x')}}).status, ::testing::AnyOf(400, 431));
  EXPECT_EQ(get(kGood).status, 200);
}

TEST_P(StApi, StatusTellsWhatWorksAndHowFast) {
  const auto answer = get("/status");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body["status"], "passing");
  EXPECT_EQ(answer.body["master"], cluster_->redis(0).endpoint());
  EXPECT_TRUE(answer.body["write"]["ok"]);
  EXPECT_GT(answer.body["write"]["ms"], 0);
  EXPECT_TRUE(answer.body["replica_read"]["ok"]);
  EXPECT_GT(answer.body["replica_read"]["ms"], 0);
}

TEST_P(StApi, ASlowAnswerIsAWarning) {
  // Anything takes a millisecond where the server sleeps for longer.
  auto server = launch(GetParam(), {"--slow-ms", "1", "--status-deadline-ms", "10000"});
  server->wait_ready();
  std::jthread sleeper([] { cluster_->redis(0).command({"CLIENT", "PAUSE", "100", "WRITE"}); });
  Answer answer;
  wait_until(
      [&] {
        answer = server->get("/status");
        return answer.status == 429;
      },
      std::chrono::seconds(10), "/status to be a warning");
  EXPECT_EQ(answer.body["status"], "warning");
  EXPECT_THAT(answer.body["reason"].get<std::string>(), HasSubstr("slowly"));
  server->terminate();
}

TEST_P(StApi, MetricsAreInPrometheusTextFormat) {
  const std::string requests = R"(st_api_http_requests_total{code="200",route="playback"})";
  const double before = st_api().metric(requests);
  ASSERT_EQ(get(kGood).status, 200);
  EXPECT_EQ(st_api().metric(requests), before + 1);
  EXPECT_EQ(get("/no/such/path").status, 404);
  EXPECT_GE(st_api().metric(R"(st_api_http_requests_total{code="404",route="other"})"), 1);
  EXPECT_GE(st_api().metric(R"(st_api_http_request_duration_seconds_count{route="playback"})"), 1);
  EXPECT_GE(st_api().metric(R"(st_api_http_request_duration_seconds_bucket{route="playback",le="+Inf"})"), 1);
  EXPECT_GE(st_api().metric("st_api_http_requests_in_flight"), 1);  // this one
  EXPECT_EQ(st_api().metric("st_api_draining"), 0);

  const auto page = get("/metrics");
  EXPECT_THAT(page.header("Content-Type"), HasSubstr("text/plain"));
  EXPECT_THAT(page.text, HasSubstr(R"(pool="st-api")"));
  EXPECT_THAT(page.text, Not(HasSubstr("/no/such/path")));
  static const std::regex line(
      R"re((# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .+)|)re"
      R"re(([a-zA-Z_:][a-zA-Z0-9_:]*(\{[a-zA-Z_]\w*="[^"]*"(,[a-zA-Z_]\w*="[^"]*")*\})? ([0-9.eE+-]+|\+Inf|NaN)))re");
  std::istringstream text(page.text);
  std::set<std::string> seen;
  for (std::string one; std::getline(text, one);) {
    EXPECT_TRUE(std::regex_match(one, line)) << one;
    EXPECT_TRUE(seen.insert(one.substr(0, one.rfind(' '))).second) << "twice: " << one;
  }
}

TEST_P(StApi, ARequestHasAnIdThatIsInTheLogToo) {
  const auto given = get(kGood, {{"X-Request-Id", "from-a-client"}});
  EXPECT_EQ(given.header("X-Request-Id"), "from-a-client");
  const auto made = get(kGood, {{"X-Request-Id", "not fit \"to\" be a name"}}).header("X-Request-Id");
  EXPECT_NE(made, "");
  EXPECT_THAT(made, Not(HasSubstr(" ")));
  EXPECT_NE(get(kGood).header("X-Request-Id"), made);
  std::set<std::string> logged;
  for (const auto& line : st_api().log_lines()) {
    if (line["message"] == "request") logged.insert(line["request_id"]);
  }
  EXPECT_EQ(logged.count("from-a-client"), 1U);
  EXPECT_EQ(logged.count(made), 1U);
}

TEST_P(StApi, TheLogIsJsonLinesWithoutSecrets) {
  const std::string user = new_user();
  const std::string url = get(start_of(user), {{"Idempotency-Key", "a-key-of-a-client"}}).body["url"];
  EXPECT_EQ(get("/verify?url=" + encoded(url)).status, 200);
  const auto lines = st_api().log_lines();
  ASSERT_FALSE(lines.empty());
  for (const auto& line : lines) {
    for (const char* field : {"at", "level", "message"}) EXPECT_TRUE(line[field].is_string()) << line;
  }
  const std::string log = st_api().whole_log();
  for (const std::string& secret : {std::string(StApiProcess::kSecret), std::string(kPassword),
                                    url.substr(url.size() - 64), std::string("a-key-of-a-client"), user}) {
    EXPECT_THAT(log, Not(HasSubstr(secret)));
  }
}

TEST_P(StApi, EndsWithZeroOnSigtermAndHasWrittenEvents) {
  const auto events =
      cluster_->folder() / ("events-" + std::to_string(static_cast<int>(GetParam())) + ".jsonl");
  auto other = launch(GetParam(), {"--events", events.string()});
  other->wait_ready();
  other->terminate();
  EXPECT_EQ(other->wait_exit(), 0);
  EXPECT_EQ(other->log_lines().back()["message"], "stopped");
  std::ifstream file(events);
  bool adopted = false;
  for (std::string line; std::getline(file, line);) {
    adopted = adopted || nlohmann::json::parse(line)["event"] == "adopted";
  }
  EXPECT_TRUE(adopted);
}

TEST_P(StApi, AnAddressInUseIsToldInOneLine) {
  auto second = launch(GetParam(), {"--listen", st_api().endpoint()});
  EXPECT_EQ(second->wait_exit(), 1);
  EXPECT_THAT(second->log_tail(), HasSubstr("cannot listen on " + st_api().endpoint()));
}

// The last ones: they take Redis away.

TEST_P(StApi, WithoutAReplicaTheMasterIsReadAndStatusWarns) {
  const std::string user = new_user();
  ASSERT_EQ(get(start_of(user)).status, 200);
  cluster_->redis(1).kill();
  wait_until([] { return get("/status").status == 429; }, std::chrono::seconds(20),
             "/status to be a warning");
  const auto status = get("/status");
  EXPECT_EQ(status.body["status"], "warning");
  EXPECT_FALSE(status.body["replica_read"]["ok"]);
  EXPECT_EQ(status.body["replica_read"]["problem"], "no_replica");
  const auto history = get("/history?user=" + user);
  EXPECT_EQ(history.status, 200);
  EXPECT_EQ(history.body["read_from"], "master");
  EXPECT_EQ(history.body["sessions"].size(), 1U);
  EXPECT_EQ(get(start_of(user)).status, 200);
  cluster_->redis(1).restart();
  wait_until([] { return get("/status").status == 200; }, std::chrono::seconds(20), "/status to pass again");
}

TEST_P(StApi, WithoutRedisItAnswersWithinItsDeadlineAndRecovers) {
  auto hasty = launch(GetParam(), {"--deadline-ms", "300", "--status-deadline-ms", "200"});
  hasty->wait_ready();
  for (const std::size_t node : {0U, 1U}) cluster_->redis(node).kill();
  for (const std::string& target : {std::string(kGood), std::string("/history?user=ada")}) {
    const auto answer = hasty->get(target);
    EXPECT_EQ(answer.status, 503) << target;
    EXPECT_EQ(answer.body["error"], "unavailable") << target;
    EXPECT_EQ(answer.body["executed"], "no") << target;
    EXPECT_EQ(answer.header("Retry-After"), "1") << target;
    EXPECT_THAT(answer.text, Not(HasSubstr(cluster_->redis(0).ip()))) << target;
  }
  const auto status = hasty->get("/status");
  EXPECT_EQ(status.status, 503);
  EXPECT_EQ(status.body["status"], "critical");
  EXPECT_FALSE(status.body["write"]["ok"]);
  EXPECT_EQ(hasty->get("/metrics").status, 200);
  for (const std::size_t node : {0U, 1U}) cluster_->redis(node).restart();
  wait_until([&] { return hasty->get("/status").status == 200; }, std::chrono::seconds(20),
             "/status to pass");
  purchase("ada", "film-1");
  EXPECT_EQ(hasty->get(kGood).status, 200);
  for (auto& [variant, server] : servers_) server->wait_ready();
  hasty->terminate();
}

}  // namespace
}  // namespace rediscovery::testing
