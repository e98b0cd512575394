// The example service as its users see it: over HTTP, with a real Redis found through a real Consul.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <fstream>
#include <memory>

#include "st_api_process.hpp"

namespace rediscovery::testing {
namespace {

using ::testing::HasSubstr;

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

class StApi : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    ClusterOptions options;
    options.redis_nodes = 1;
    options.sentinels = 0;
    cluster_ = std::make_unique<Cluster>(options);
    cluster_->redis(0).command({"SADD", "purchases:ada", "film-1"});
    st_api_ = std::make_unique<StApiProcess>(*cluster_, std::vector<std::string>{"--deadline-ms", "700"});
    st_api_->launch();
    st_api_->wait_ready();
  }
  static void TearDownTestSuite() {
    st_api_.reset();
    cluster_.reset();
  }

  static httplib::Client client() { return httplib::Client(st_api_->ip(), StApiProcess::kPort); }

  struct Answer {
    int status = 0;
    nlohmann::json body;
    httplib::Headers headers;
  };
  static Answer answer(const httplib::Result& result) {
    if (!result) return {};
    return {result->status, nlohmann::json::parse(result->body, nullptr, false), result->headers};
  }
  static Answer get(const std::string& target) { return answer(client().Get(target)); }

  static std::unique_ptr<Cluster> cluster_;
  static std::unique_ptr<StApiProcess> st_api_;
};

std::unique_ptr<Cluster> StApi::cluster_;
std::unique_ptr<StApiProcess> StApi::st_api_;

constexpr const char* kGood = "/playback/film-1?user=ada&device=tv&quality=hd";

TEST_F(StApi, IssuesAUrlForWhatWasPurchased) {
  const auto answer = get(kGood);
  ASSERT_EQ(answer.status, 200);
  const std::string session = answer.body["session"];
  const std::string url = answer.body["url"];
  EXPECT_EQ(session.size(), 32U);
  EXPECT_THAT(url, HasSubstr("/film-1/hd.m3u8?session=" + session +
                             "&expires=" + std::to_string(answer.body["expires"].get<long>())));
  const std::string base = "https://cdn.example.net";
  const auto signature = url.find("&signature=");
  ASSERT_NE(signature, std::string::npos);
  EXPECT_EQ(url.substr(signature + 11),
            hmac(StApiProcess::kSecret, url.substr(base.size(), signature - base.size())));
}

TEST_F(StApi, TheSessionOfAnAnswerIsInRedisAndExpires) {
  const auto answer = get(kGood);
  ASSERT_EQ(answer.status, 200);
  const std::string key = "session:" + answer.body["session"].get<std::string>();
  const auto stored = nlohmann::json::parse(cluster_->redis(0).command({"GET", key}).text);
  EXPECT_EQ(stored["user"], "ada");
  EXPECT_EQ(stored["content"], "film-1");
  EXPECT_EQ(stored["device"], "tv");
  EXPECT_EQ(stored["quality"], "hd");
  EXPECT_GT(cluster_->redis(0).command({"TTL", key}).integer, 3600);
}

TEST_F(StApi, EveryAnswerHasASessionOfItsOwn) { EXPECT_NE(get(kGood).body, get(kGood).body); }

TEST_F(StApi, RefusesWhatWasNotPurchased) {
  for (const char* target :
       {"/playback/film-2?user=ada&device=tv&quality=hd", "/playback/film-1?user=bob&device=tv&quality=hd"}) {
    const auto answer = get(target);
    EXPECT_EQ(answer.status, 403) << target;
    EXPECT_EQ(answer.body["error"], "not_purchased") << target;
  }
}

TEST_F(StApi, TellsWhatIsWrongWithARequest) {
  const std::string longest(64, 'x');
  const std::vector<std::pair<std::string, std::string>> bad = {
      {"/playback/film-1", "user"},
      {"/playback/film-1?device=tv&quality=hd", "user"},
      {"/playback/film-1?user=&device=tv&quality=hd", "user"},
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
      {"/playback/" + longest + "x?user=ada&device=tv&quality=hd", "content"},
  };
  for (const auto& [target, field] : bad) {
    const auto answer = get(target);
    ASSERT_EQ(answer.status, 400) << target;
    EXPECT_EQ(answer.body["error"], "bad_request") << target;
    EXPECT_THAT(answer.body["message"].get<std::string>(), HasSubstr(field)) << target;
  }
  EXPECT_EQ(get("/playback/film-1?user=" + longest + "&device=tv&quality=hd").status, 403);
}

TEST_F(StApi, OtherPathsAreNotFound) {
  for (const char* target :
       {"/", "/playback", "/playback/", "/playback/a/b", "/Status", "/playback/%2e%2e/x"}) {
    const auto answer = get(target);
    EXPECT_EQ(answer.status, 404) << target;
    EXPECT_EQ(answer.body["error"], "not_found") << target;
  }
}

TEST_F(StApi, OtherMethodsAreNotAllowedAndWriteNothing) {
  const auto sessions = [] { return cluster_->redis(0).command({"DBSIZE"}).integer; };
  const auto before = sessions();
  const auto post = answer(client().Post(kGood, "", "text/plain"));
  EXPECT_EQ(post.status, 405);
  EXPECT_EQ(post.headers.find("Allow")->second, "GET");
  EXPECT_EQ(answer(client().Put("/status", "", "text/plain")).status, 405);
  EXPECT_EQ(answer(client().Delete(kGood)).status, 405);
  EXPECT_EQ(answer(client().Head(kGood)).status, 405);
  // The probe of /status may have expired meanwhile.
  EXPECT_LE(sessions(), before);
}

TEST_F(StApi, ABodyOrAPathThatIsTooLongIsRefused) {
  const auto body = answer(client().Post(kGood, std::string(100'000, 'x'), "text/plain"));
  EXPECT_GE(body.status, 400);
  EXPECT_LT(body.status, 500);
  EXPECT_EQ(get("/playback/" + std::string(20'000, 'x')).status, 414);
  EXPECT_EQ(get(kGood).status, 200);
}

TEST_F(StApi, StatusTellsWhoTheMasterIs) {
  const auto answer = get("/status");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body["master"], cluster_->redis(0).endpoint());
}

TEST_F(StApi, WithoutRedisItAnswersWithinItsDeadlineAndRecovers) {
  cluster_->redis(0).kill();
  for (const std::string target : {kGood, "/status"}) {
    const auto start = std::chrono::steady_clock::now();
    const auto answer = get(target);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(3)) << target;
    EXPECT_EQ(answer.status, 503) << target;
    EXPECT_EQ(answer.body["executed"], "no") << target;
    EXPECT_EQ(answer.headers.find("Retry-After")->second, "1") << target;
  }
  cluster_->redis(0).restart();
  st_api_->wait_ready();
  cluster_->redis(0).command({"SADD", "purchases:ada", "film-1"});
  EXPECT_EQ(get(kGood).status, 200);
}

TEST_F(StApi, EndsWithZeroOnSigtermAndHasWrittenEvents) {
  const auto events = cluster_->folder() / "events.jsonl";
  StApiProcess other(*cluster_, {"--events", events.string()});
  other.launch();
  other.wait_ready();
  other.terminate();
  EXPECT_EQ(other.wait_exit(), 0);
  EXPECT_THAT(other.log_tail(), HasSubstr("\"stopped\""));
  std::ifstream file(events);
  bool adopted = false;
  for (std::string line; std::getline(file, line);) {
    adopted = adopted || nlohmann::json::parse(line)["event"] == "adopted";
  }
  EXPECT_TRUE(adopted);
}

TEST_F(StApi, RefusesWrongOptionsWithTheirNames) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> bad = {
      {{"--colour", "red"}, "--colour"},
      {{"--threads"}, "--threads"},
      {{"--threads", "0"}, "--threads"},
      {{"--threads", "many"}, "--threads"},
      {{"--listen", "8080"}, "--listen"},
      {{"--listen", "127.0.0.1:99999"}, "--listen"},
      {{"--deadline-ms", "-1"}, "--deadline-ms"},
      {{"--dns", "consul"}, "dns_servers"},
      {{"--redis", ""}, "master"},
      {{"--secret-file", "/nowhere"}, "--secret-file"},
  };
  for (const auto& [arguments, name] : bad) {
    StApiProcess wrong(*cluster_, arguments);
    wrong.launch();
    EXPECT_EQ(wrong.wait_exit(), 2) << name;
    EXPECT_THAT(wrong.log_tail(), HasSubstr(name));
  }
}

TEST_F(StApi, AnAddressInUseIsToldInOneLine) {
  StApiProcess second(*cluster_, {"--listen", st_api_->endpoint()});
  second.launch();
  EXPECT_EQ(second.wait_exit(), 1);
  EXPECT_THAT(second.log_tail(), HasSubstr("cannot listen on " + st_api_->endpoint()));
}

}  // namespace
}  // namespace rediscovery::testing
